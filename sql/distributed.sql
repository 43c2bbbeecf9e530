-- Tables that Citus manages are refused by everything that loads: on them the rows that went in are miscounted and corrections
-- would vanish. Citus is no package of the systems this runs on, so a stand-in of its catalog table says what is distributed.
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.file(created text) RETURNS bytea LANGUAGE sql AS $$
    SELECT convert_to(concat_ws(E'\r\n', '100,NEM12,' || created || ',MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,',
        '300,20240228' || repeat(',1', 48) || ',A,,,20240301000000,', '900', ''), 'UTF8')
$$;
CREATE TABLE of_somebody (nmi text);
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (
    logicalrelid regclass NOT NULL, partmethod "char" NOT NULL, partkey text, colocationid integer DEFAULT 0 NOT NULL,
    repmodel "char" DEFAULT 'c' NOT NULL, autoconverted boolean DEFAULT false NOT NULL);
RESET allow_system_table_mods;
GRANT SELECT ON pg_catalog.pg_dist_partition TO PUBLIC;

-- Citus is there; tables of others are distributed, ours are local
INSERT INTO pg_dist_partition VALUES ('of_somebody', 'h');
SELECT nem12_prepare_months('{2024-02-01}') >= 0 AS prepared;
SELECT status FROM nem12_load(pg_temp.file('202403010000'));
SELECT status FROM nem12_load(pg_temp.file('202403020000'));
SELECT * FROM nem12_merge_staging();
SELECT status FROM nem12_load(pg_temp.file('202403030000'));

-- ours, one after the other: hash distributed, a reference table, a local one in Citus' books
INSERT INTO pg_dist_partition VALUES ('nem12_interval_days', 'h'), ('nem12_interval_days_2024_02', 'h'), ('nem12_files', 'n');
\set SHOW_CONTEXT never
SELECT * FROM nem12_load(pg_temp.file('202403040000'));
SELECT nem12_load_begin();
SELECT nem12_prepare_months('{2024-02-01}');
SELECT nem12_prepare_months('{2035-01-01}');
SELECT * FROM nem12_merge_staging();
DELETE FROM pg_dist_partition WHERE logicalrelid <> 'nem12_interval_days_2024_02'::regclass;
SELECT * FROM nem12_load(pg_temp.file('202403040000'));
UPDATE pg_dist_partition SET logicalrelid = 'nem12_errors', partmethod = 'n';
SELECT * FROM nem12_load(pg_temp.file('202403040000'));
-- distributed while a load is going on
TRUNCATE pg_dist_partition;
BEGIN;
SELECT nem12_load_begin();
SELECT nem12_load_chunk(pg_temp.file('202403040000'));
INSERT INTO pg_dist_partition VALUES ('nem12_interval_days', 'h');
SELECT * FROM nem12_load_end();
ROLLBACK;
-- nothing was stored, staged or lost meanwhile
SELECT (SELECT count(*) FROM nem12_interval_days) AS days, nem12_staging_depth() AS staged;
SELECT * FROM nem12_merge_staging();
SET allow_system_table_mods = on;
DROP TABLE pg_catalog.pg_dist_partition;
RESET allow_system_table_mods;
DROP TABLE of_somebody;
TRUNCATE nem12_files, nem12_channel_details, nem12_interval_days, nem12_staging_days, nem12_superseded_days, nem12_errors RESTART IDENTITY;
