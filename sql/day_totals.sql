-- nem12_day_totals: one row a day.
SET datestyle = ISO;
SET timezone = 'UTC';
BEGIN;
DO $$ BEGIN PERFORM nem12_prepare_months('{2025-03-01}'); END $$;
INSERT INTO nem12_files (file_id, sha256, version, dialect, bytes, loaded_at) VALUES (-1, sha256('one'), 'NEM12', 'strict', 1, '2025-03-05 02:00Z');
INSERT INTO nem12_channel_details VALUES ('QAAAVZZZZZ', 'E1', 7, 360, 'KWH', 'E1B1', '1', 'N1', 'METER1', NULL), ('QAAAVZZZZZ', 'Q1', 8, 360, 'kvarh', 'E1B1', '2', 'N1', 'METER2', NULL);
INSERT INTO nem12_interval_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values") VALUES
    ('QAAAVZZZZZ', 'E1', '2025-03-01', 3, -1, 7, 'A', '', '{0.1,0.25,0,12.5}'),
    ('QAAAVZZZZZ', 'E1', '2025-03-02', 4, -1, 7, 'V', E'1,2,S52,76\n3,3,F14,0,by hand, as read\n4,4,A', '{0.1,0.25,0,12.5}'),
    ('QAAAVZZZZZ', 'E1', '2025-03-03', 4, -1, 7, 'A', E'2,2,E52\n3,3,N', '{1,2,4,8}'),
    ('QAAAVZZZZZ', 'Q1', '2025-03-01', 6, -1, 8, 'S14,54', '', '{1,2}'),
    ('QAAAVZZZZZ', 'B1', '2025-03-01', 7, -2, 9, 'E52', '', '{-1,2}');
SELECT * FROM nem12_day_totals ORDER BY nmi_suffix DESC, interval_date;
SELECT uom, flow, sum(consumption) FROM nem12_day_totals GROUP BY 1, 2 ORDER BY 1, 2;
-- Only what is asked for is read and computed.
SET LOCAL enable_seqscan = off;
EXPLAIN (COSTS OFF, VERBOSE) SELECT sum(consumption) FROM nem12_day_totals WHERE nmi = 'QAAAVZZZZZ' AND interval_date >= '2025-03-02' AND interval_date < '2025-03-09';
-- What is not actual.
SELECT nmi_suffix, interval_date, nem12_sum_not_actual("values", quality, events) FROM nem12_interval_days ORDER BY 1 DESC, 2;
-- Days of 5 and of 30 minutes together.
SELECT nem12_sum_days(nem12_resample("values", 2)), nem12_profile_days(nem12_resample("values", 2)) FROM nem12_interval_days WHERE nmi_suffix IN ('E1', 'Q1');
SAVEPOINT s;
SELECT nem12_count_quality('{1,2}', 'A', '', 'Actual');
ROLLBACK TO s;
SELECT nem12_count_quality('{1,2}', 'V', '7,9,A', 'A');
ROLLBACK TO s;
SELECT nem12_sum_not_actual('{1,2}', 'V', 'x');
ROLLBACK;
