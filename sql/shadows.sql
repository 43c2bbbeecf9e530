-- Nothing of anybody else runs with the owner's rights. A role that may create in the extension's schema puts shadows there of
-- everything the extension's functions use: functions and aggregates with arguments that fit better, operators, types,
-- overloads of the extension's own functions; so does a schema on the caller's search_path, and pg_temp. Then every function
-- with its owner's rights is called, and every other one with SQL inside. A shadow that runs says so.
CREATE DATABASE nem12_shadow_test;
\c nem12_shadow_test
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE regress_nem12_shadow;
CREATE ROLE regress_nem12_caller;
CREATE SCHEMA "Meter Data";
CREATE SCHEMA evil;
CREATE SCHEMA harness;
GRANT CREATE, USAGE ON SCHEMA "Meter Data", evil TO regress_nem12_shadow;
GRANT USAGE ON SCHEMA "Meter Data", evil, harness TO PUBLIC;
GRANT TEMPORARY ON DATABASE nem12_shadow_test TO regress_nem12_shadow;
CREATE EXTENSION nem12 SCHEMA "Meter Data";

-- A sequence is counted up whatever becomes of the transaction.
CREATE SEQUENCE harness.runs MINVALUE 0;
SELECT nextval('harness.runs');
GRANT ALL ON SEQUENCE harness.runs TO PUBLIC;
CREATE FUNCTION harness.shadow(name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.nextval('harness.runs'::pg_catalog.regclass);
    RAISE WARNING 'shadow % ran as %', name, CASE current_user WHEN 'regress_nem12_caller' THEN 'its caller' ELSE 'the owner' END;
    RETURN true;
END
$$;

-- What is to be shadowed: every function of pg_catalog whose name is called in a function's body or in the install script.
CREATE TABLE harness.names AS
    SELECT DISTINCT called[1]::name AS name
    FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_language l ON l.oid = p.prolang,
         regexp_matches(p.prosrc || ' nextval( pg_extension_config_dump( octet_length( clock_timestamp( set_config(',
                        '\m([a-z_][a-z0-9_]*)\s*\(', 'g') AS called
    WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12') AND l.lanname IN ('sql', 'plpgsql')
      AND EXISTS (SELECT FROM pg_proc c WHERE c.pronamespace = 'pg_catalog'::regnamespace AND c.proname = called[1]);
SELECT count(*) > 30 AS many, bool_or(name = 'format') AS format, bool_or(name = 'count') AS count FROM harness.names;
CREATE TABLE harness.types AS
    SELECT t AS type FROM unnest('{text,bigint,integer,smallint,date,timestamp,timestamptz,boolean,bytea,numeric,name,oid,regclass,
                                   jsonb,bigint[],date[],integer[],text[],timestamp[]}'::text[]) AS t;
GRANT SELECT ON ALL TABLES IN SCHEMA harness TO PUBLIC;

-- The ways to write a function's arguments that may fit a call better than its own: polymorphic ones made of one type, those of
-- VARIADIC "any" counted out, and text, which unknown literals like best, in any place.
CREATE FUNCTION harness.better_arguments(arguments oid[], is_variadic boolean, OUT types text[], OUT element text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
    size integer := cardinality(arguments);
    is_polymorphic boolean := (SELECT bool_or(t.typtype = 'p') FROM unnest(arguments) AS a JOIN pg_type t ON t.oid = a);
    times integer;
    mask integer;
BEGIN
    IF is_polymorphic THEN
        FOR element IN SELECT type FROM harness.types LOOP
            CONTINUE WHEN element LIKE '%[]';
            FOR times IN 1 .. CASE WHEN is_variadic THEN 4 ELSE 1 END LOOP
                types := ARRAY(
                    SELECT CASE WHEN format_type(a, NULL) IN ('anyarray', 'anycompatiblearray') THEN element || '[]'
                                WHEN t.typtype = 'p' THEN element ELSE format_type(a, NULL) END
                    FROM unnest(arguments) WITH ORDINALITY AS u(a, place) JOIN pg_type t ON t.oid = a ORDER BY place);
                RETURN NEXT;
                types := types || array_fill(element, ARRAY[times]);
                IF is_variadic THEN
                    RETURN NEXT;
                END IF;
            END LOOP;
        END LOOP;
    END IF;
    element := 'text';
    FOR mask IN 0 .. 2 ^ least(size, 4) - 1 LOOP
        types := ARRAY(SELECT CASE WHEN place <= 4 AND (mask >> (place::integer - 1)) % 2 = 1 OR t.typtype = 'p' THEN 'text'
                                   ELSE format_type(a, NULL) END
                       FROM unnest(arguments) WITH ORDINALITY AS u(a, place) JOIN pg_type t ON t.oid = a ORDER BY place);
        RETURN NEXT;
    END LOOP;
END
$$;

CREATE FUNCTION harness.make(home name, source regprocedure) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    original pg_proc;
    better record;
    arguments text;
    result text;
BEGIN
    SELECT * INTO original FROM pg_proc p WHERE p.oid = source;
    FOR better IN SELECT DISTINCT types, element
                  FROM harness.better_arguments(original.proargtypes::oid[], original.provariadic = '"any"'::regtype) LOOP
        arguments := array_to_string(better.types, ', ');
        result := format_type(original.prorettype, NULL);
        result := CASE WHEN result IN ('anyarray', 'anycompatiblearray') THEN better.element || '[]'
                       WHEN result = 'void' THEN result
                       WHEN (SELECT typtype FROM pg_type WHERE oid = original.prorettype) = 'p' THEN better.element ELSE result END;
        BEGIN
            IF original.prokind = 'f' THEN
                EXECUTE format('CREATE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', home, original.proname, arguments,
                    CASE WHEN original.proretset THEN 'SETOF ' ELSE '' END || result,
                    format('BEGIN PERFORM harness.shadow(%L); RETURN %s; END', format('%I.%s(%s)', home, original.proname, arguments),
                           CASE WHEN original.proretset OR result = 'void' THEN '' ELSE 'NULL' END));
            ELSE
                EXECUTE format('CREATE FUNCTION %I.step(%s) RETURNS %s LANGUAGE plpgsql AS %L', home,
                    concat_ws(', ', result, nullif(arguments, '')), result,
                    format('BEGIN PERFORM harness.shadow(%L); RETURN NULL; END', format('%I.%s(%s)', home, original.proname, arguments)));
                EXECUTE format('CREATE AGGREGATE %I.%I(%s) (SFUNC = %I.step, STYPE = %s)', home, original.proname,
                    coalesce(nullif(arguments, ''), '*'), home, result);
                EXECUTE format('ALTER FUNCTION %I.step(%s) RENAME TO %I', home, concat_ws(', ', result, nullif(arguments, '')),
                               'step_' || md5(original.proname || arguments));
            END IF;
        EXCEPTION WHEN duplicate_function OR ambiguous_function OR undefined_object OR feature_not_supported
                    OR invalid_function_definition OR datatype_mismatch THEN
            NULL; -- said already, or PL/pgSQL cannot
        END;
    END LOOP;
END
$$;

CREATE FUNCTION harness.make_operators(home name, types text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    l text;
    r text;
    op text;
BEGIN
    FOREACH l IN ARRAY types LOOP
        FOREACH r IN ARRAY types LOOP
            EXECUTE format('CREATE FUNCTION %I.op(%s, %s) RETURNS boolean LANGUAGE plpgsql AS %L', home, l, r,
                format('BEGIN RETURN harness.shadow(%L); END', format('operator in %I of %s and %s', home, l, r)));
            FOREACH op IN ARRAY '{=,<>,<,>,<=,>=,+,-,*,/,||,~}'::text[] LOOP
                CONTINUE WHEN to_regoperator(format('%I.%s(%s,%s)', home, op, l, r)) IS NOT NULL;
                EXECUTE format('CREATE OPERATOR %I.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %1$I.op)', home, op, l, r);
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;

CREATE FUNCTION harness.make_types(home name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    type name;
BEGIN
    FOR type IN SELECT typname FROM pg_type
                WHERE typnamespace = 'pg_catalog'::regnamespace
                  AND typname IN ('text', 'int8', 'int4', 'int2', 'date', 'timestamp', 'timestamptz', 'bool', 'bytea', 'numeric',
                                  'name', 'oid', 'regclass', 'jsonb', 'interval', 'varchar', 'bit') LOOP
        EXECUTE format('CREATE DOMAIN %I.%I AS pg_catalog.%2$I CHECK (harness.shadow(%L))', home, type, 'type ' || home || '.' || type);
    END LOOP;
END
$$;

-- Before the extension is there: its install script runs as a superuser.
DROP EXTENSION nem12;
SET ROLE regress_nem12_shadow;
SELECT count(harness.make(home, p.oid::regprocedure)) > 100 AS made
FROM (VALUES ('Meter Data'), ('evil')) AS h(home), pg_proc p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (SELECT name FROM harness.names)
  AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) AS a JOIN pg_type t ON t.oid = a
                  WHERE t.typtype <> 'p' AND t.oid NOT IN (SELECT type::regtype FROM harness.types));
SELECT harness.make_operators('Meter Data', (SELECT array_agg(type) FROM harness.types WHERE type !~ 'regclass|oid|name'));
SELECT harness.make_operators('evil', '{text,bigint,integer,date}');
SELECT harness.make_types('Meter Data'), harness.make_types('evil');
RESET ROLE;
SELECT count(*) > 500 AS shadows FROM pg_proc WHERE pronamespace = '"Meter Data"'::regnamespace;

-- The shadows work: what is not careful runs them.
CREATE FUNCTION harness.careless() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = "Meter Data", pg_temp AS $$
BEGIN
    PERFORM format('%s', 'a'::pg_catalog.text, 'b'::pg_catalog.text);
    PERFORM count(1::pg_catalog.int8);
    PERFORM nextval('harness.runs');
    PERFORM 1::pg_catalog.int4 || 'x'::pg_catalog.text;
    PERFORM array_agg(n) FROM pg_catalog.generate_series(1, 1) AS n;
    RETURN NULL;
END
$$;
SELECT harness.careless();
SELECT setval('harness.runs', 0) AS runs;

SET search_path = evil, "Meter Data", pg_catalog;
CREATE EXTENSION nem12 SCHEMA "Meter Data";
RESET search_path;
SELECT last_value AS runs FROM harness.runs;
-- Overloads of the extension's own functions and operators.
SET ROLE regress_nem12_shadow;
SELECT count(harness.make(home, p.oid::regprocedure)) > 100 AS made
FROM (VALUES ('Meter Data'), ('evil')) AS h(home), pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12');
SELECT harness.make_operators('evil', '{"\"Meter Data\".nem12_values"}');
RESET ROLE;
SELECT count(*) > 500 AS overloads FROM pg_proc p
WHERE proname LIKE 'nem12%' AND proowner = 'regress_nem12_shadow'::regrole;

CREATE FUNCTION harness.rows_of(relation regclass) RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', relation) INTO found;
    RETURN found;
END
$$;
CREATE FUNCTION harness.nem12(created text, value text, VARIADIC more text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT convert_to(array_to_string(ARRAY['100,NEM12,' || created || ',MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,',
        '300,20240228,' || repeat(value || ',', 48) || 'V,,,20240301000000,', '400,1,24,A,,', '400,25,48,S14,32,',
        '500,O,S01009,20240228000000,120.5', '300,20240229,' || repeat(value || ',', 48) || 'A,,,20240301000000,'] || more
        || ARRAY['900', ''], E'\r\n'), 'UTF8')::text
$$;
CREATE FUNCTION harness.nem13(created text, quantity text) RETURNS text LANGUAGE sql AS $$
    SELECT convert_to(array_to_string(ARRAY['100,NEM13,' || created || ',MDA1,Ret1',
        '250,4001234567,11,1,11,11,SER1,E,0,20240101000001,A,,,2,20240201000001,A,,,' || quantity || ',kWh,20240501,20240301000000,',
        '550,N,,A,', '900', ''], E'\r\n'), 'UTF8')::text
$$;
SELECT harness.nem12('202403010000', '1') AS first, harness.nem12('202403020000', '2') AS second, harness.nem12('202403020000', '3') AS rival,
       harness.nem12('202403030000', '4', '300,20240301,oops') AS damaged, harness.nem12('202403030000', '8', '300,20240301,no') AS broken, harness.nem12('202403040000', '5') AS third,
       harness.nem12('202403050000', '6') AS fourth, harness.nem12('202403060000', '7') AS fifth,
       harness.nem13('202403010000', '1') AS read, harness.nem13('202403020000', '2') AS second_read, harness.nem13('202403020000', '3') AS rival_read,
       harness.nem13('202403030000', '4') AS third_read, encode(sha256(harness.nem12('202403010000', '1')::bytea), 'hex') AS sha256 \gset

-- The caller may execute what a loader may, and has tables and types of the same names in pg_temp.
DO $$
DECLARE
    function regprocedure;
    relation record;
BEGIN
    FOR function IN SELECT p.oid FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
                    WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12') AND p.prosecdef
                      AND p.prorettype <> 'event_trigger'::regtype LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO regress_nem12_caller', function);
    END LOOP;
    FOR relation IN SELECT c.oid::regclass AS source, c.relname, c.relkind FROM pg_class c
                    WHERE c.relnamespace = '"Meter Data"'::regnamespace AND c.relkind IN ('r', 'p', 'S') AND c.relname LIKE 'nem12%' LOOP
        IF relation.relkind = 'S' THEN
            EXECUTE format('CREATE TEMP SEQUENCE %I START 1000', relation.relname);
            EXECUTE format('GRANT ALL ON SEQUENCE pg_temp.%I TO PUBLIC', relation.relname);
        ELSE
            EXECUTE format('CREATE TEMP TABLE %I (LIKE %s)', relation.relname, relation.source);
            EXECUTE format('GRANT ALL ON pg_temp.%I TO PUBLIC', relation.relname);
        END IF;
    END LOOP;
    PERFORM harness.make_types(nspname) FROM pg_namespace WHERE oid = pg_my_temp_schema();
END
$$;

SET track_functions = 'all';
SET statement_timeout = '20s'; -- a shadow may well make a loop endless
SET search_path = evil, "Meter Data", pg_temp, pg_catalog;
\set load 'SELECT status, days_inserted, days_staged, accumulation_reads, skipped_records FROM "Meter Data".nem12_load'
\set with '::pg_catalog.bytea, ''x.csv''::pg_catalog.text, ''skip''::pg_catalog.text, ''strict''::pg_catalog.text'
SET ROLE regress_nem12_caller;
SELECT "Meter Data".nem12_prepare_months(ARRAY['2024-02-01'::pg_catalog.date, '2024-03-01'::pg_catalog.date]);
:load(:'first' :with);
:load(:'first' :with);
:load(:'damaged' :with);
-- rejected: a load that fails forgets what the session knew of the channels
:load(:'broken'::pg_catalog.bytea, 'x.csv'::pg_catalog.text, 'reject'::pg_catalog.text, 'strict'::pg_catalog.text);
:load(:'second' :with);
:load(:'rival' :with);
:load(:'read' :with);
:load(:'second_read' :with);
:load(:'rival_read' :with);
SELECT * FROM "Meter Data".nem12_merge_staging(1::pg_catalog.int8);
SELECT * FROM "Meter Data".nem12_merge_staging(NULL::pg_catalog.int8);
-- the stream, and content that turns out to be known at its end
BEGIN;
SELECT "Meter Data".nem12_load_begin('s.csv'::pg_catalog.text, 'reject'::pg_catalog.text, 'strict'::pg_catalog.text, NULL::pg_catalog.bytea);
SELECT "Meter Data".nem12_load_chunk(:'third'::pg_catalog.bytea);
SELECT status, days_staged FROM "Meter Data".nem12_load_end();
COMMIT;
BEGIN;
SELECT "Meter Data".nem12_load_begin('s.csv'::pg_catalog.text, 'skip'::pg_catalog.text, 'strict'::pg_catalog.text, NULL::pg_catalog.bytea);
SELECT "Meter Data".nem12_load_chunk(:'third'::pg_catalog.bytea);
SELECT status, days_staged FROM "Meter Data".nem12_load_end();
COMMIT;
-- safe mode, and merges that fail
RESET ROLE;
ALTER TABLE "Meter Data".nem12_interval_days ADD CONSTRAINT no_leap_day CHECK (pg_catalog.to_char(interval_date, 'MMDD'::pg_catalog.text) OPERATOR(pg_catalog.<>) '0229'::pg_catalog.text) NOT VALID;
ALTER TABLE "Meter Data".nem12_accumulation_reads ADD CONSTRAINT no_reads CHECK (quantity OPERATOR(pg_catalog.<) 4::pg_catalog.numeric);
DELETE FROM "Meter Data".nem12_interval_days;
DELETE FROM "Meter Data".nem12_accumulation_reads;
SET ROLE regress_nem12_caller;
:load(:'fourth' :with);
:load(:'third_read' :with);
SELECT * FROM "Meter Data".nem12_merge_staging(NULL::pg_catalog.int8);
RESET ROLE;
ALTER TABLE "Meter Data".nem12_interval_days DROP CONSTRAINT no_leap_day;
ALTER TABLE "Meter Data".nem12_accumulation_reads DROP CONSTRAINT no_reads;
-- a trigger of the owner: days go in by the statement
CREATE FUNCTION harness.pass_on() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER pass_on BEFORE INSERT ON "Meter Data".nem12_interval_days FOR EACH ROW EXECUTE FUNCTION harness.pass_on();
SET ROLE regress_nem12_caller;
:load(:'fifth' :with);
SELECT * FROM "Meter Data".nem12_merge_staging(NULL::pg_catalog.int8);
SELECT "Meter Data".nem12_report_findings('bad.csv'::pg_catalog.text, :'sha256'::pg_catalog.bytea,
    '[{"line": 3, "record": 300, "field": 4, "code": "value_not_numeric", "message": "no", "text": "x"}, {}]'::pg_catalog.jsonb);
SELECT "Meter Data".nem12_file_loaded(('\x' OPERATOR(pg_catalog.||) :'sha256'::pg_catalog.text)::pg_catalog.bytea);
SELECT "Meter Data".nem12_ping_write();
SELECT "Meter Data".nem12_ping_write();
SELECT "Meter Data".nem12_staging_depth();
-- what analysts call, as the caller and with what they are granted
RESET ROLE;
SELECT "Meter Data".nem12_store_nmis(ARRAY['4001234567'::pg_catalog.text]) IS NOT NULL AS stored; -- as a file of many NMIs does
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "Meter Data" TO regress_nem12_caller;
GRANT SELECT ON "Meter Data".meter_readings, "Meter Data".nem12_day_totals, "Meter Data".nem12_day_versions TO regress_nem12_caller;
SET ROLE regress_nem12_caller;
SELECT interval_date, consumption, actual, uom, flow FROM "Meter Data".nem12_day_totals ORDER BY 1;
SELECT interval_date, status, outcome, b2b_details FROM "Meter Data".nem12_day_versions ORDER BY 1, 2, 3;
SELECT interval_date, file_id FROM "Meter Data".nem12_days_as_of('infinity'::pg_catalog.timestamptz) ORDER BY 1;
SELECT "timestamp", consumption FROM "Meter Data".nem12_readings_as_of('4001234567'::pg_catalog.text, '2024-02-28'::pg_catalog.timestamp, '2024-02-28 01:00'::pg_catalog.timestamp,
    'infinity'::pg_catalog.timestamptz);
SELECT pg_catalog.count(*) FROM "Meter Data".nem12_reading_changes(NULL::pg_catalog.date, NULL::pg_catalog.date, NULL::pg_catalog.text[]);
SELECT interval_date, change FROM "Meter Data".nem12_changed_days(NULL::pg_catalog.pg_snapshot) ORDER BY 1;
SELECT interval_date, change FROM "Meter Data".nem12_changed_days('3:3:'::pg_catalog.pg_snapshot) ORDER BY 1;
SELECT nmi, days FROM "Meter Data".nem12_gaps('2024-02-01'::pg_catalog.date, '2024-03-31'::pg_catalog.date, NULL::pg_catalog.text[], NULL::pg_catalog.timestamptz);
SELECT nmi, days FROM "Meter Data".nem12_gaps('2024-02-01'::pg_catalog.date, '2024-03-31'::pg_catalog.date, ARRAY['4001234567'::pg_catalog.text], 'infinity'::pg_catalog.timestamptz);
SELECT nmi, stored_days, consumption FROM "Meter Data".nem12_completeness('2024-02-01'::pg_catalog.date, '2024-03-31'::pg_catalog.date, NULL::pg_catalog.text[]);
SELECT nmi FROM "Meter Data".nem12_index_checks('2024-02-01'::pg_catalog.date, '2024-03-31'::pg_catalog.date, NULL::pg_catalog.text[]);
SELECT pg_catalog.count(*) FROM "Meter Data".nem12_export(NULL::pg_catalog.text[], NULL::pg_catalog.date, NULL::pg_catalog.date, NULL::pg_catalog.timestamptz,
    'MDA1'::pg_catalog.text, 'Ret1'::pg_catalog.text, '2025-01-01'::pg_catalog.timestamp);
SELECT pg_catalog.count(*) FROM "Meter Data".nem12_export(NULL::pg_catalog.text[], NULL::pg_catalog.date, NULL::pg_catalog.date, 'infinity'::pg_catalog.timestamptz,
    'MDA1'::pg_catalog.text, 'Ret1'::pg_catalog.text, '2025-01-01'::pg_catalog.timestamp);
SELECT pg_catalog.count(*) FROM "Meter Data".nem12_export_reads(NULL::pg_catalog.text[], NULL::pg_catalog.date, NULL::pg_catalog.date, 'infinity'::pg_catalog.timestamptz,
    'MDA1'::pg_catalog.text, 'Ret1'::pg_catalog.text, '2025-01-01'::pg_catalog.timestamp);
SELECT "Meter Data".nem12_uom('KWH'::pg_catalog.text);
-- and what the owner calls now and then
SELECT * FROM "Meter Data".nem12_drop_before('2024-02-15'::pg_catalog.date);
RESET ROLE;
DROP EXTENSION nem12;
DROP EXTENSION IF EXISTS others; -- the guard lets them go
SET search_path = pg_catalog, pg_temp;

-- What ran. Nothing of others; nothing went into the tables and sequences of pg_temp; no function was left out.
SELECT last_value AS runs FROM harness.runs;
SELECT pg_stat_force_next_flush();
SELECT p.oid::regprocedure AS not_called
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_stat_user_functions s ON s.funcid = p.oid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
  AND (p.prosecdef OR l.lanname NOT IN ('c', 'internal')) AND coalesce(s.calls, 0) = 0
  AND p.prosqlbody IS NULL -- these become part of the query and are not counted
ORDER BY 1;
SELECT sum(harness.rows_of(oid)) AS rows_in_pg_temp
FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r';
SELECT (SELECT count(*) FROM "Meter Data".nem12_interval_days) AS days, (SELECT count(*) FROM "Meter Data".nem12_accumulation_reads) AS reads,
       (SELECT count(*) FROM "Meter Data".nem12_files) AS files, (SELECT max(file_id) FROM "Meter Data".nem12_files) < 1000 AS own_sequence,
       (SELECT count(*) FROM "Meter Data".nem12_errors) AS errors, (SELECT count(*) FROM "Meter Data".nem12_canary) AS canary;
\c postgres
DROP DATABASE nem12_shadow_test;
DROP ROLE regress_nem12_shadow, regress_nem12_caller;
