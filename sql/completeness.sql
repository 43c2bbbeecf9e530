-- nem12_gaps, nem12_completeness, nem12_index_checks.
SET datestyle = ISO;
BEGIN;
DO $$ BEGIN PERFORM nem12_prepare_months('{2025-02-01,2025-03-01,2025-04-01}'); END $$;
INSERT INTO nem12_files (file_id, sha256, version, dialect, bytes, loaded_at) VALUES
    (-1, sha256('one'), 'NEM12', 'strict', 1, '2025-03-05 00:00Z'), (-2, sha256('two'), 'NEM12', 'strict', 1, '2025-03-20 00:00Z');
INSERT INTO nem12_channel_details SELECT nmi, suffix, 7, 720, 'kWh', 'E1B1', '1', 'N1', 'METER1', NULL
FROM unnest('{4009000001,4009000002,4009000003}'::text[]) AS nmi, unnest('{B1,E1}'::text[]) AS suffix;
-- 1: E1 has February to April, without 3 to 5 March and 31 March; B1 only 10 March. 2: E1 has 1 and 2 March.
INSERT INTO nem12_interval_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values")
SELECT '4009000001', 'E1', d::date, 3, CASE WHEN d = '2025-03-02' THEN -2 ELSE -1 END, 7, CASE WHEN d = '2025-03-06' THEN 'V' WHEN d = '2025-03-07' THEN 'E52' ELSE 'A' END,
       CASE WHEN d = '2025-03-06' THEN E'1,1,S52,76\n2,2,F14,76' ELSE '' END, '{0.5,0.25}'::nem12_values
FROM generate_series(date '2025-02-27', '2025-04-02', '1 day') AS g, LATERAL (SELECT g::date AS d) AS day WHERE d NOT IN ('2025-03-03', '2025-03-04', '2025-03-05', '2025-03-31')
UNION ALL SELECT '4009000001', 'B1', date '2025-03-10', 4, -1, 7, 'N', '', '{1,2}'
UNION ALL SELECT '4009000002', 'E1', d, 5, -1, 7, 'A', '', '{7,8}' FROM unnest('{2025-03-01,2025-03-02}'::date[]) AS d;

SELECT * FROM nem12_gaps('2025-03-01', '2025-03-31') WHERE nmi LIKE '4009%';
SELECT * FROM nem12_gaps('2025-03-04', '2025-03-04') WHERE nmi LIKE '4009%';
SELECT * FROM nem12_gaps(NULL, NULL, '{4009000001,4009000003}');
SELECT * FROM nem12_gaps('2025-03-01', '2025-03-31', '{4009000002}');
-- As of 6 March the second file was not there.
SELECT * FROM nem12_gaps('2025-03-01', '2025-03-31', '{4009000001}', as_of => '2025-03-06 00:00Z');
SELECT * FROM nem12_completeness('2025-03-01', '2025-03-31') WHERE nmi LIKE '4009%';
SELECT * FROM nem12_completeness('2025-03-06', '2025-03-07', '{4009000001}');

-- What should deliver: 2 also a B1 from 2 to 4 March, and its E1 to the 3rd and again from the 30th on; 3 never did.
INSERT INTO nem12_expected_channels VALUES ('4009000002', 'B1', '2025-03-02', '2025-03-04'), ('4009000002', 'E1', '2024-01-01', '2025-03-03'),
    ('4009000002', 'E1', '2025-03-30', NULL), ('4009000003', 'E1', '2025-03-31', NULL);
SELECT * FROM nem12_gaps('2025-03-01', '2025-03-31') WHERE nmi LIKE '4009%';
SELECT * FROM nem12_gaps('2025-03-02', '2025-03-02', '{4009000002}');
SELECT nmi, nmi_suffix, first_date, last_date = (now() AT TIME ZONE interval '10 hours')::date - 1 AS to_yesterday FROM nem12_gaps('2025-03-31', NULL, '{4009000003}');
SELECT nmi, nmi_suffix, expected_days, stored_days, missing_days, intervals FROM nem12_completeness('2025-03-01', '2025-03-31', '{4009000002,4009000003}');
-- A channel that is not among its NMI's expected ones is there all the same.
DELETE FROM nem12_expected_channels WHERE nmi_suffix = 'E1';
SELECT nmi, nmi_suffix, expected_days, stored_days, missing_days, intervals FROM nem12_completeness('2025-03-01', '2025-03-31', '{4009000002,4009000003}');
SAVEPOINT s;
INSERT INTO nem12_expected_channels VALUES ('4009000002', 'E1', '2024-01-02', '2024-01-01');
ROLLBACK TO s;
SELECT * FROM nem12_gaps('2025-03-31', '2025-03-01');
ROLLBACK TO s;
SELECT * FROM nem12_completeness('2025-03-31', '2025-03-01');
ROLLBACK TO s;

-- Index reads: at midnight, one of unknown time, one at noon, one that went round; what is no number is left out.
INSERT INTO nem12_b2b_details (nmi, nmi_suffix, interval_date, file_id, line_no, trans_code, ret_service_order, read_datetime, index_read) VALUES
    ('4009000001', 'E1', '2025-03-10', -1, 10, 'N', '', '2025-03-10 00:00:01', '00099998.5'),
    ('4009000001', 'E1', '2025-03-12', -1, 11, 'N', '', '2025-03-12 00:00:00', '00100000'),
    ('4009000001', 'E1', '2025-03-12', -1, 12, 'N', '', '2025-03-12 12:00:00', '00100000.5'),
    ('4009000001', 'E1', '2025-03-15', -1, 13, 'N', '', '2025-03-15 00:00:00', '99999999'),
    ('4009000001', 'E1', '2025-03-16', -1, 14, 'N', '', '2025-03-17 00:00:00', '00000000.5'),
    ('4009000001', 'E1', '2025-03-20', -1, 15, 'N', '', '2025-03-20 00:00:00', 'broken'),
    ('4009000001', 'E1', '2025-03-21', -2, 16, 'N', '', '2025-03-21 00:00:00', '5'), -- of a version that is not current
    ('4009000001', 'E1', '2025-03-22', -1, 17, 'N', '', NULL, '6');
SELECT * FROM nem12_index_checks('2025-03-01', '2025-03-31');
SELECT * FROM nem12_index_checks('2025-03-10', '2025-03-11', '{4009000001}');
SELECT * FROM nem12_index_checks('2025-03-11', '2025-03-14');
SELECT * FROM nem12_index_checks('2025-03-14', '2025-03-11');
ROLLBACK;
