-- nem12_validate: one row per finding.
CREATE FUNCTION pg_temp.day(day text, quality text, value text DEFAULT '0.5') RETURNS text LANGUAGE sql AS
    $$ SELECT '300,' || day || repeat(',0.5', 47) || ',' || value || ',' || quality || ',20250303040506,20250303050607' $$;

SELECT * FROM nem12_validate(nem12_test.mdff('100,NEM12,202503020102,MDP1,Retailer1', '200,QAAAVZZZZZ,E1,1,E1,N1,METER1,kWh,30,',
                                          pg_temp.day('20250301', 'A,,'), '900'));

CREATE TEMP TABLE broken AS SELECT nem12_test.mdff(
    '100,NEM12,202503020102,MDP1,Retailer1',
    '200,QAAAVZZZZZ,E1,1,E1,N1,METER1,kWh,30,',
    pg_temp.day('20250301', 'A,,', 'abc'),
    pg_temp.day('20250302', 'S52,,'),
    pg_temp.day('20250230', 'A,,'),
    pg_temp.day('20250304', 'V,,'),
    '400,1,20,F52,71,',
    '200,QAAAVZZZZO,E1,1,E1,N1,METER1,kWh,30,',
    pg_temp.day('20250301', 'A,,'),
    '900') AS content;
SELECT line_no, record_indicator, field, severity, code FROM broken, nem12_validate(content);
SELECT line_no, record_indicator, field, severity, code FROM broken, nem12_validate(content, 'tolerant');
SELECT message FROM broken, nem12_validate(content) LIMIT 2;

-- Every finding is reported, however many there are.
SELECT count(*) FROM nem12_validate(nem12_test.mdff('100,NEM12,202503020102,MDP1,Retailer1', '200,QAAAVZZZZZ,E1,1,E1,N1,METER1,kWh,30,')
                                    || (SELECT string_agg(convert_to(pg_temp.day('20250301', 'A,,', '-1') || E'\r\n', 'UTF8'), '') FROM generate_series(1, 3000)));

SELECT line_no, record_indicator, field, severity, code FROM nem12_validate('');
SELECT line_no, record_indicator, severity, code FROM nem12_validate('\x00ff0102fe22') ORDER BY severity, code;
SELECT * FROM nem12_validate('', 'lenient');
