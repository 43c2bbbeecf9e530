-- What nem12_load refuses: an error of class NM0xx that names the place, and nothing left behind.
SET client_min_messages = warning;
SELECT nem12_test.empty_store();
CREATE FUNCTION pg_temp.refused(content bytea, on_invalid text DEFAULT 'reject', dialect text DEFAULT 'strict')
RETURNS TABLE (state text, message text, code text, line text) LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM nem12_load(content, 'refused.csv', on_invalid, dialect);
    state := '00000';
    message := 'loaded';
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    state := SQLSTATE;
    message := SQLERRM;
    IF detail LIKE '{%' THEN
        code := detail::json ->> 'code';
        line := detail::json ->> 'line';
    END IF;
    RETURN NEXT;
END
$$;
\set good_head '''100,NEM12,202403011200,MDA1,Ret1'', ''200,4001234567,E1,1,E1,N1,METSER123,kWh,30,'''

SELECT * FROM pg_temp.refused('');
SELECT * FROM pg_temp.refused('\x00');
SELECT * FROM pg_temp.refused('\x504b03040a00000000000000000000ff00fe80');
SELECT * FROM pg_temp.refused('{"not": "an MDFF"}');
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head));
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, nem12_test.day('20240101', '1')));
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, left(nem12_test.day('20240101', '1'), 60)));
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, nem12_test.day('99991231', '1'), '900'));
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, nem12_test.day('20230229', '1'), '900'));
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, nem12_test.day('20240101', '-1'), '900'));
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, nem12_test.day('20240101', '123456789012345678901234567890'), '900'));
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, nem12_test.day('20240101', '1e3'), '900'));
SELECT * FROM pg_temp.refused(nem12_test.mdff('100,NEM12,209901010000,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240101', '1'), '900'));
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, nem12_test.day('20240101', '1'), '900', '2147483648', '900'));
-- NUL inside, bytes that are no UTF-8, a line longer than any record
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head) || '\x00'::bytea || nem12_test.mdff(nem12_test.day('20240101', '1'), '900'));
SELECT * FROM pg_temp.refused(decode(replace(encode(nem12_test.mdff(:good_head, '300,20240101' || repeat(',1', 48) || ',S52,0,~,20240301000000,', '900'), 'hex'), '7e', 'ff'), 'hex'));
SELECT * FROM pg_temp.refused(convert_to('100,NEM12,' || repeat('1', 3000000), 'UTF8'));
SELECT * FROM pg_temp.refused(convert_to(repeat(E'\n', 1000000), 'UTF8'));
-- arguments
SELECT * FROM pg_temp.refused(NULL);
SELECT * FROM pg_temp.refused('', on_invalid => 'ignore');
SELECT * FROM pg_temp.refused('', dialect => 'klingon');

-- an error after many good days leaves nothing, not even in another table
SELECT * FROM pg_temp.refused(nem12_test.mdff(VARIADIC ARRAY['100,NEM12,202403011200,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,']
    || (SELECT array_agg(nem12_test.day(to_char(d, 'YYYYMMDD'), '1') ORDER BY d) FROM generate_series('2020-01-01'::timestamp, '2023-12-31', '1 day') d)
    || ARRAY[nem12_test.day('20240101', 'x'), '900']));
SELECT (SELECT count(*) FROM nem12_interval_days) AS days, (SELECT count(*) FROM nem12_files) AS files,
       (SELECT count(*) FROM nem12_channel_details) AS details, (SELECT count(*) FROM nem12_errors) AS errors;

-- skip: good records go in, bad ones are logged
SELECT status, days_inserted, days_staged, readings, skipped_records FROM nem12_load(nem12_test.mdff(
    '100,NEM12,202403011200,MDA1,Ret1',
    '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,',
    nem12_test.day('20240101', '1'),
    replace(nem12_test.day('20240102', '1'), ',A,', 'oops,A,'),
    nem12_test.day('20240103', '1'),
    '200,4001234567,E1,1,XX,N1,METSER123,kWh,30,',
    nem12_test.day('20240101', '1'),
    '900'), 'half.csv', on_invalid => 'skip');
SELECT file_name, file_id IS NOT NULL AS has_file, line_no, record_indicator, field, severity, code, sqlstate, message, left(raw_text, 20) AS raw_text, resolved, length(sha256)
FROM nem12_errors ORDER BY error_id;
SELECT interval_date FROM nem12_interval_days ORDER BY 1;
-- but not when the file itself is broken, nor when nothing is left
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, nem12_test.day('20240105', '1')), on_invalid => 'skip');
SELECT * FROM pg_temp.refused(nem12_test.mdff(:good_head, nem12_test.day('20240105', 'x'), '900'), on_invalid => 'skip');
SELECT * FROM pg_temp.refused(nem12_test.mdff('100,NEM12,202403011200,MDA1,Ret1', '2OO,4001234567', '900'), on_invalid => 'skip', dialect => 'tolerant');

-- the whole error, once
SELECT nem12_load(nem12_test.mdff(:good_head, nem12_test.day('20240101', '1') || 'x', '900'));
SELECT nem12_test.empty_store();
