-- nem12_drop_before: whole months, with everything that hangs on their days.
SET datestyle = 'SQL, DMY'; -- whatever the session writes dates like
BEGIN;
DO $$ BEGIN PERFORM nem12_prepare_months('{2018-01-01,2018-02-01,2018-03-01,2019-01-01}'); END $$;
INSERT INTO nem12_interval_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values")
SELECT '4011000001', 'E1', d, 3, -1, 7, 'A', '', '{0.5,0.25}' FROM unnest('{2018-01-15,2018-02-27,2018-02-28,2018-03-01,2018-03-31,2019-01-01}'::date[]) AS d;
INSERT INTO nem12_superseded_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values", won_by_file_id, won_by_line_no, outcome)
SELECT nmi, nmi_suffix, interval_date, 2, file_id, details_id, quality, events, "values", file_id, 3, 'older' FROM nem12_interval_days WHERE nmi = '4011000001';
INSERT INTO nem12_staging_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values", reason)
SELECT nmi, nmi_suffix, interval_date, 4, file_id, details_id, quality, events, "values", 'day_exists' FROM nem12_interval_days WHERE nmi = '4011000001';
INSERT INTO nem12_b2b_details (nmi, nmi_suffix, interval_date, file_id, line_no, trans_code, ret_service_order, index_read)
SELECT nmi, nmi_suffix, interval_date, file_id, 5, 'N', '', '1' FROM nem12_interval_days WHERE nmi = '4011000001';
CREATE FUNCTION pg_temp.left_over() RETURNS TABLE (days bigint, superseded bigint, staged bigint, b2b bigint, first date) LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM nem12_interval_days WHERE nmi = '4011000001'), (SELECT count(*) FROM nem12_superseded_days WHERE nmi = '4011000001'),
           (SELECT count(*) FROM nem12_staging_days WHERE nmi = '4011000001'), (SELECT count(*) FROM nem12_b2b_details WHERE nmi = '4011000001'),
           (SELECT min(interval_date) FROM nem12_interval_days WHERE nmi = '4011000001')
$$;
SELECT * FROM nem12_drop_before('2018-01-31'::date);
SELECT * FROM pg_temp.left_over();
SELECT * FROM nem12_drop_before('2018-03-01'::date);
SELECT * FROM pg_temp.left_over();
SELECT * FROM nem12_drop_before('2018-03-31'::date);
SELECT to_regclass('nem12_interval_days_2018_02') AS dropped, to_regclass('nem12_interval_days_2018_03') AS kept;
-- A month that was dropped is made again when days of it come.
SELECT nem12_prepare_months('{2018-02-01}'::date[]);
SELECT * FROM nem12_drop_before('2019-06-15'::date);
SELECT * FROM pg_temp.left_over();
SAVEPOINT s;
SELECT * FROM nem12_drop_before(NULL);
ROLLBACK TO s;
SELECT * FROM nem12_drop_before('infinity');
ROLLBACK;
