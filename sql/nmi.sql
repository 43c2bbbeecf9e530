-- NMIs: check digits of the NMI Procedure's published examples, and what is no NMI.
SELECT nmi, nem12_nmi_checksum(nmi) AS computed, published
FROM (VALUES ('2001985732', 8), ('2001985733', 6), ('3075621875', 8), ('3075621876', 6), ('4316854005', 9), ('4316854006', 7),
             ('6305888444', 6), ('6350888444', 2), ('7001888333', 8), ('7102000001', 7), ('NAAAMYS582', 6), ('NBBBX11110', 0),
             ('NBBBX11111', 8), ('NCCC519495', 5), ('NGGG000055', 4), ('QAAAVZZZZZ', 3), ('QCDWW00010', 2), ('SMVEW00085', 8),
             ('VAAA000065', 7), ('VAAA000066', 5), ('VAAA000067', 2), ('VAAASTY576', 8), ('VCCCX00009', 1), ('VEEEX00009', 1),
             ('VKTS786150', 2), ('VKTS867150', 5), ('VKTS871650', 7), ('VKTS876105', 7), ('VKTS876150', 3), ('VKTS876510', 8)) AS x(nmi, published)
WHERE nem12_nmi_checksum(nmi) <> published OR NOT nem12_nmi_is_valid(nmi) OR NOT nem12_nmi_is_valid(nmi || published)
   OR nem12_nmi_is_valid(nmi || (published + 1) % 10);
SELECT nmi, nem12_nmi_is_valid(nmi)
FROM (VALUES (''), ('QAAAVZZZZZ'), ('qaaavzzzzz'), ('QAAAVZZZZI'), ('QAAAVZZZZO'), ('QAAAVZZZZ'), ('QAAAVZZZZZ33'), ('QAAAVZZZZ '),
             ('QAAAVZZZZé'), ('QAAAVZZZZZX')) AS x(nmi);
SELECT nem12_nmi_checksum('qaaavzzzzz'), nem12_nmi_checksum(NULL), nem12_nmi_is_valid(NULL);
SELECT nem12_nmi_checksum('QAAAVZZZZ');
SELECT nem12_nmi_checksum('');
