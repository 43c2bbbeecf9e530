-- Time grows with the days, not with their square, in months that were filled a moment ago and have no statistics yet.
CREATE FUNCTION pg_temp.interval_file(created text) RETURNS bytea LANGUAGE sql AS $$
    SELECT convert_to(concat_ws(E'\r\n', '100,NEM12,' || created || ',MDA1,Ret1',
        (SELECT string_agg('200,' || 4001000000 + n || ',E1,1,E1,N1,METSER123,kWh,30,' || E'\r\n' || month.days, E'\r\n' ORDER BY n)
         FROM generate_series(1, 400) AS n,
              (SELECT string_agg('300,202401' || to_char(d, 'FM00') || repeat(',0', 48) || ',A,,,20240301000000,', E'\r\n' ORDER BY d)
               FROM generate_series(1, 31) AS d) AS month(days)), '900', ''), 'UTF8')
$$;
CREATE FUNCTION pg_temp.accumulation_file(created text) RETURNS bytea LANGUAGE sql AS $$
    SELECT convert_to(concat_ws(E'\r\n', '100,NEM13,' || created || ',MDA1,Ret1',
        (SELECT string_agg('250,' || 4001000000 + n || ',11,1,11,11,SER1,E,0,20240101000001,A,,,2,20240201000001,A,,,2,kWh,20240501,20240301000000,', E'\r\n' ORDER BY n)
         FROM generate_series(1, 10000) AS n), '900', ''), 'UTF8')
$$;
SET client_min_messages = warning;
SELECT nem12_test.empty_store();
SET statement_timeout = '8s'; -- a tenth of it is plenty
SELECT days_inserted, days_staged FROM nem12_load(pg_temp.interval_file('202403010000'));
SELECT days_inserted, days_staged FROM nem12_load(pg_temp.interval_file('202403020000'));
SELECT * FROM nem12_merge_staging();
SELECT accumulation_reads FROM nem12_load(pg_temp.accumulation_file('202403010000'));
SELECT accumulation_reads FROM nem12_load(pg_temp.accumulation_file('202403020000'));
SELECT * FROM nem12_merge_staging();
RESET statement_timeout;
SELECT nem12_test.empty_store();
