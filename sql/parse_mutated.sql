-- Randomly damaged files: nem12_parse and nem12_validate say so or read them, and nothing else happens.
SELECT setseed(0.2025);
CREATE TEMP TABLE whole AS
SELECT convert_to(concat_ws(E'\r\n', '100,NEM12,202503020102,MDP1,Retailer1', '200,QAAAVZZZZZ,E1B1,1,E1,N1,METER1,kWh,30,20250601',
    '300,20250301' || repeat(',0.125', 48) || ',V,,,20250303040506,20250303050607', '400,1,20,F52,71,', '400,21,48,A,,',
    '500,O,S01009,20250302000000,001123.5', '300,20250302' || repeat(',12.5', 48) || ',S52,76,,20250303040506,', '900', ''), 'UTF8') AS content;

CREATE FUNCTION pg_temp.damaged(content bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    damage int;
    at int;
    len int;
BEGIN
    FOR i IN 0..(random() * 3)::int LOOP
        damage := (random() * 5)::int;
        at := 1 + (random() * (length(content) - 1))::int;
        len := (random() * 40)::int;
        content := CASE damage
            WHEN 0 THEN set_byte(content, at - 1, (random() * 255)::int)
            WHEN 1 THEN set_byte(content, at - 1, get_byte(E',\r\n0-."\\000', (random() * 6)::int))
            WHEN 2 THEN substr(content, 1, at)
            WHEN 3 THEN overlay(content PLACING '' FROM at FOR len)
            WHEN 4 THEN overlay(content PLACING substr(content, 1 + (random() * (length(content) - 1))::int, len) FROM at FOR 0)
            ELSE overlay(content PLACING substr(content, at, len) FROM at FOR 0)
        END;
        EXIT WHEN length(content) < 2;
    END LOOP;
    RETURN content;
END $$;

CREATE TEMP TABLE outcomes (dialect text, sqlstate text, findings bigint, days bigint);
DO $$
DECLARE
    damaged bytea;
    findings bigint;
    days bigint;
    dialects text[] := ARRAY['strict', 'tolerant'];
BEGIN
    FOR i IN 1..3000 LOOP
        damaged := pg_temp.damaged(content) FROM whole;
        SELECT count(*) FILTER (WHERE severity = 'error') INTO findings FROM nem12_validate(damaged, dialects[1 + i % 2]);
        BEGIN
            SELECT count(nem12_sum("values")) INTO days FROM nem12_parse(damaged, dialects[1 + i % 2]);
            INSERT INTO outcomes VALUES (dialects[1 + i % 2], NULL, findings, days);
        EXCEPTION WHEN OTHERS THEN
            INSERT INTO outcomes VALUES (dialects[1 + i % 2], sqlstate, findings, NULL);
        END;
    END LOOP;
END $$;
SELECT count(*), count(*) FILTER (WHERE sqlstate IS NULL) > 0 AS some_read, count(*) FILTER (WHERE sqlstate IS NOT NULL) > 0 AS some_refused,
       bool_and(sqlstate LIKE 'NM0__') AS only_ours, bool_and((sqlstate IS NULL) = (findings = 0)) AS both_agree
FROM outcomes;
