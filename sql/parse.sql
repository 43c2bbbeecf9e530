-- nem12_parse: one row per 300 record, nothing stored.
SET datestyle = ISO;
-- A 300 record of 48 values: value, value + 0.001, ...
CREATE FUNCTION pg_temp.day(day text, value numeric, quality text) RETURNS text LANGUAGE sql AS
    $$ SELECT '300,' || day || ',' || string_agg((value + i * 0.001)::text, ',' ORDER BY i) || ',' || quality || ',20250303040506,20250303050607'
       FROM generate_series(0, 47) i $$;

CREATE TEMP TABLE files (name text, content bytea);
INSERT INTO files VALUES ('good', nem12_test.mdff(
    '100,NEM12,202503020102,MDP1,Retailer1',
    '200,QAAAVZZZZZ,E1B1,1,E1,N1,METER1,kWh,30,20250601',
    pg_temp.day('20250301', 0.5, 'A,,'),
    pg_temp.day('20250302', 1, 'S52,76,'),
    '200,QAAAVZZZZZ,E1B1,2,B1,N1,METER1,kWh,30,20250601',
    pg_temp.day('20250301', 2, 'V,,'),
    '400,1,20,F52,71,',
    '400,21,48,A,,',
    '900'));

\x on
SELECT * FROM nem12_parse((SELECT content FROM files WHERE name = 'good'));
\x off
SELECT nmi_suffix, interval_date, nem12_sum("values"), nem12_value("values", 48) FROM files, nem12_parse(content) ORDER BY line_no;
SELECT count(*) FROM files, nem12_parse(content, 'tolerant');

-- Larger than a slice: the same line numbers and values wherever the slices are cut.
INSERT INTO files SELECT 'large', convert_to(E'100,NEM12,202503020102,MDP1,Retailer1\r\n200,QAAAVZZZZZ,E1,1,E1,N1,METER1,kWh,30,\r\n', 'UTF8')
    || string_agg(convert_to(pg_temp.day(to_char(date '2001-01-01' + d, 'YYYYMMDD'), d % 100, 'A,,') || E'\r\n', 'UTF8'), '' ORDER BY d)
    || convert_to(E'900\r\n', 'UTF8') FROM generate_series(0, 7999) d;
SELECT length(content) > 2 * 1024 * 1024 AS several_slices FROM files WHERE name = 'large';
SELECT count(*), min(interval_date), max(interval_date), min(line_no), max(line_no), sum(nem12_sum("values")),
       bool_and("values" = (SELECT array_agg((line_no - 3) % 100 + i * 0.001 ORDER BY i) FROM generate_series(0, 47) i)::numeric[]::nem12_values) AS same
FROM files, nem12_parse(content) WHERE name = 'large';

-- The first error of a file is raised with all there is to know about it.
CREATE FUNCTION pg_temp.refusal(content bytea, dialect text DEFAULT 'strict') RETURNS TABLE (state text, message text, detail jsonb, hint text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nem12_parse(content, dialect);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END $$;
INSERT INTO files SELECT 'negative', convert_to(replace(convert_from(content, 'UTF8'), ',0.507,', ',-0.507,'), 'UTF8') FROM files WHERE name = 'good';
\x on
SELECT r.* FROM files, pg_temp.refusal(content) r WHERE name = 'negative';
\x off
SELECT x.name, r.state, r.message, r.detail
FROM (VALUES ('empty', ''::bytea),
             ('rubbish', '\x00ff0102fe22'::bytea),
             ('quotes', convert_to(E'1"0\\0,NEM12\r\n', 'UTF8')),
             ('invalid UTF-8', '\x3130302cc328ff2c41222c420d0a'::bytea),
             ('truncated', substr((SELECT content FROM files WHERE name = 'good'), 1, 500)),
             ('year 9999', convert_to(replace(convert_from((SELECT content FROM files WHERE name = 'good'), 'UTF8'), '300,20250301', '300,99990101'), 'UTF8'))
     ) AS x(name, content), pg_temp.refusal(content) r;
SELECT * FROM nem12_parse('', 'lenient');
SELECT count(*) FROM nem12_parse(NULL);
