-- DROP EXTENSION refuses while readings are stored. In a schema of its own, and in a database of its own.
CREATE DATABASE nem12_drop_test;
\c nem12_drop_test
SET client_min_messages = warning;
CREATE SCHEMA "Meter Data";
-- Whoever puts an object there before does not become its owner's confidant.
CREATE TABLE "Meter Data".nem12_files (file_id bigint);
CREATE EXTENSION nem12 SCHEMA "Meter Data";
SELECT count(*) AS extensions, (SELECT count(*) FROM pg_proc WHERE proname LIKE 'nem12%') AS functions FROM pg_extension WHERE extname = 'nem12';
DROP TABLE "Meter Data".nem12_files;
-- It is C code: who may create anything else in the database may not create it.
CREATE ROLE regress_nem12_maker;
GRANT CREATE ON DATABASE nem12_drop_test TO regress_nem12_maker;
SET ROLE regress_nem12_maker;
CREATE EXTENSION nem12;
RESET ROLE;
REVOKE CREATE ON DATABASE nem12_drop_test FROM regress_nem12_maker;
DROP ROLE regress_nem12_maker;
CREATE EXTENSION nem12 SCHEMA "Meter Data";
DROP EXTENSION nem12;
CREATE EXTENSION nem12 SCHEMA "Meter Data";
SELECT days_inserted FROM "Meter Data".nem12_load(convert_to(concat_ws(E'\r\n', '100,NEM12,202403021200,MDA1,Ret1',
    '200,4001234567,E1B1,1,E1,N1,METSER124,kWh,30,20240601', '300,20250205' || repeat(',1', 48) || ',A,,,20240301000000,', '900', ''), 'UTF8'));
SELECT * FROM "Meter Data".nem12_merge_staging();
SELECT count(*) FROM "Meter Data".meter_readings;
DROP EXTENSION nem12;
DROP EXTENSION IF EXISTS nem12 RESTRICT;
-- other extensions are none of its business
DROP EXTENSION plpgsql;
DELETE FROM "Meter Data".nem12_interval_days;
-- empty month tables do not hold it up
DROP EXTENSION nem12;
SELECT count(*) FROM pg_class WHERE relname LIKE 'nem12%';
CREATE EXTENSION nem12 SCHEMA "Meter Data";
SELECT days_inserted FROM "Meter Data".nem12_load(convert_to(concat_ws(E'\r\n', '100,NEM12,202403021200,MDA1,Ret1',
    '200,4001234567,E1B1,1,E1,N1,METSER124,kWh,30,20240601', '300,20250205' || repeat(',1', 48) || ',A,,,20240301000000,', '900', ''), 'UTF8'));
DROP EXTENSION nem12 CASCADE;
SELECT count(*) FROM pg_class WHERE relname LIKE 'nem12%';
SELECT count(*) FROM pg_event_trigger;
-- in another schema, in the same session: nothing remembered from the old one is used
CREATE EXTENSION nem12;
SELECT days_inserted FROM nem12_load(convert_to(concat_ws(E'\r\n', '100,NEM12,202403021200,MDA1,Ret1',
    '200,4001234567,E1B1,1,E1,N1,METSER124,kWh,30,20240601', '300,20250205' || repeat(',1', 48) || ',A,,,20240301000000,', '900', ''), 'UTF8'));
SELECT count(*) FROM nem12_interval_days JOIN nem12_channel_details USING (nmi, nmi_suffix, details_id);
DROP SCHEMA "Meter Data";
\c postgres
DROP DATABASE nem12_drop_test;
