-- For analysts: days as rows. A day is never exploded, and a column that a query does not use is not computed.
--
-- From here on everything is found by its schema: what the views and the functions with a body of their own (BEGIN ATOMIC) name is
-- looked up now, once, and nothing that somebody else creates can come in between. Such functions need no search_path of their
-- own, and so PostgreSQL can put them into the queries that call them: a predicate on their result reads only what it needs.
SET LOCAL search_path = pg_catalog, pg_temp;

CREATE VIEW @extschema@.nem12_day_totals AS
SELECT d.nmi,
       d.nmi_suffix,
       d.interval_date,
       @extschema@.nem12_uom(c.uom) AS uom,
       @extschema@.nem12_flow(d.nmi_suffix) AS flow,
       1440 / @extschema@.nem12_count(d."values") AS interval_length,
       @extschema@.nem12_count(d."values") AS intervals,
       @extschema@.nem12_sum(d."values") AS consumption,
       @extschema@.nem12_max(d."values") AS max,
       @extschema@.nem12_count_quality(d."values", d.quality, d.events, 'A'::text) AS actual,
       @extschema@.nem12_count_quality(d."values", d.quality, d.events, 'S'::text) AS substituted,
       @extschema@.nem12_count_quality(d."values", d.quality, d.events, 'F'::text) AS final_substituted,
       @extschema@.nem12_count_quality(d."values", d.quality, d.events, 'E'::text) AS estimated,
       d.file_id,
       f.loaded_at
FROM @extschema@.nem12_interval_days d
LEFT JOIN @extschema@.nem12_channel_details c
       ON c.nmi = d.nmi AND c.nmi_suffix = d.nmi_suffix AND c.details_id = d.details_id
LEFT JOIN @extschema@.nem12_files f ON f.file_id = d.file_id;
