-- For analysts: what should be there, what is missing, and how much of what is there is measured.

-- Which channels should deliver: yours to fill. An NMI that is in it is expected to deliver what stands here and nothing else.
CREATE TABLE @extschema@.nem12_expected_channels (
    nmi         text COLLATE "C" NOT NULL,
    nmi_suffix  text COLLATE "C" NOT NULL,
    from_date   date NOT NULL,
    to_date     date,                       -- its last day; NULL: still
    PRIMARY KEY (nmi, nmi_suffix, from_date),
    CHECK (to_date >= from_date)
);

-- Refuses two dates of which the later one comes first. Returns true, so that it can stand in a WHERE.
CREATE FUNCTION @extschema@.nem12_check_dates(caller text, from_date date, to_date date) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF from_date > to_date THEN
        RAISE EXCEPTION '%() ends before it begins: from % to %', caller, from_date, to_date
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Write the earlier date first; both days are included.';
    END IF;
    RETURN true;
END
$$;

-- Of each channel the days that should be there between two dates, and those that are. `known`: the days that count as stored; the
-- functions below pass what is stored now, or what was known at a moment. From its first day to its last means of all of them,
-- also outside the dates, so the channels come from nem12_channel_details, and each is asked for its first and last day: two looks
-- in the index, not a scan of every month.
CREATE FUNCTION @extschema@.nem12_coverage(from_date date, to_date date, nmis text[], as_of timestamptz)
RETURNS TABLE (nmi text, nmi_suffix text, expected datemultirange, stored datemultirange)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
    -- Where no end is asked for, a channel that still delivers is expected to have delivered yesterday, market time.
    yesterday CONSTANT date := (now() AT TIME ZONE interval '10 hours')::date - 1;
    is_open CONSTANT boolean := coalesce(to_date, 'infinity') = 'infinity';
    asked CONSTANT daterange := daterange(nullif(from_date, '-infinity'), nullif(to_date, 'infinity'), '[]');
BEGIN
    RETURN QUERY
    WITH stored AS MATERIALIZED (
        SELECT d.nmi, d.nmi_suffix, range_agg(daterange(d.interval_date, d.interval_date, '[]')) AS days
        FROM @extschema@.nem12_interval_days d
        WHERE as_of IS NULL AND d.interval_date BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')
          AND (nmis IS NULL OR d.nmi = ANY (nmis))
        GROUP BY d.nmi, d.nmi_suffix
        UNION ALL
        SELECT v.nmi, v.nmi_suffix, range_agg(daterange(v.interval_date, v.interval_date, '[]'))
        FROM @extschema@.nem12_day_versions v
        WHERE as_of IS NOT NULL AND v.loaded_at <= as_of
          AND v.interval_date BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')
          AND (nmis IS NULL OR v.nmi = ANY (nmis))
        GROUP BY v.nmi, v.nmi_suffix
    ), channels AS (
        SELECT DISTINCT c.nmi, c.nmi_suffix
        FROM @extschema@.nem12_channel_details c
        WHERE (nmis IS NULL OR c.nmi = ANY (nmis))
          AND NOT EXISTS (SELECT FROM @extschema@.nem12_expected_channels e WHERE e.nmi = c.nmi)
    ), expected AS (
        SELECT e.nmi, e.nmi_suffix, range_agg(daterange(e.from_date, CASE WHEN is_open THEN coalesce(e.to_date, yesterday)
                                                                        ELSE e.to_date END, '[]') * asked) AS days
        FROM @extschema@.nem12_expected_channels e
        WHERE (nmis IS NULL OR e.nmi = ANY (nmis)) AND NOT (is_open AND e.to_date IS NULL AND e.from_date > yesterday)
        GROUP BY e.nmi, e.nmi_suffix
        UNION ALL
        SELECT c.nmi, c.nmi_suffix, datemultirange(daterange(first.day, last.day, '[]') * asked)
        FROM channels c
        CROSS JOIN LATERAL (
            SELECT d.interval_date AS day
            FROM @extschema@.nem12_interval_days d
            WHERE d.nmi = c.nmi AND d.nmi_suffix = c.nmi_suffix
            ORDER BY d.interval_date LIMIT 1) first
        CROSS JOIN LATERAL (
            SELECT d.interval_date AS day
            FROM @extschema@.nem12_interval_days d
            WHERE d.nmi = c.nmi AND d.nmi_suffix = c.nmi_suffix
            ORDER BY d.interval_date DESC LIMIT 1) last
        WHERE as_of IS NULL
        UNION ALL
        SELECT c.nmi, c.nmi_suffix, datemultirange(daterange(min(v.interval_date), max(v.interval_date), '[]') * asked)
        FROM channels c
        JOIN @extschema@.nem12_day_versions v ON v.nmi = c.nmi AND v.nmi_suffix = c.nmi_suffix AND v.loaded_at <= as_of
        WHERE as_of IS NOT NULL
        GROUP BY c.nmi, c.nmi_suffix
    )
    SELECT coalesce(e.nmi, s.nmi), coalesce(e.nmi_suffix, s.nmi_suffix), coalesce(e.days, '{}'), coalesce(s.days, '{}')
    FROM expected e
    FULL JOIN stored s ON s.nmi = e.nmi AND s.nmi_suffix = e.nmi_suffix
    WHERE NOT isempty(coalesce(e.days, '{}')) OR s.days IS NOT NULL;
END
$$;

-- Missing days as ranges, to be requested from the provider.
CREATE FUNCTION @extschema@.nem12_gaps(from_date date, to_date date, nmis text[] DEFAULT NULL, as_of timestamptz DEFAULT NULL)
RETURNS TABLE (nmi text, nmi_suffix text, first_date date, last_date date, days integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@.nem12_check_dates('nem12_gaps'::text, from_date, to_date);
    RETURN QUERY
    SELECT c.nmi, c.nmi_suffix, lower(gap), upper(gap) - 1, upper(gap) - lower(gap)
    FROM @extschema@.nem12_coverage(from_date, to_date, nmis, as_of) c
    CROSS JOIN LATERAL unnest(c.expected - c.stored) AS gap
    ORDER BY c.nmi, c.nmi_suffix, lower(gap);
END
$$;

-- How much of it is there, and how much of that is measured. No day is decoded but those whose quality varies.
CREATE FUNCTION @extschema@.nem12_completeness(from_date date, to_date date, nmis text[] DEFAULT NULL)
RETURNS TABLE (
    nmi text, nmi_suffix text, expected_days integer, stored_days integer, missing_days integer, intervals bigint, actual bigint,
    substituted bigint, final_substituted bigint, estimated bigint, other bigint, consumption numeric,
    consumption_not_actual numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
SET jit = off AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@.nem12_check_dates('nem12_completeness'::text, from_date, to_date);
    RETURN QUERY
    WITH totals AS (
        SELECT d.nmi, d.nmi_suffix,
               sum(@extschema@.nem12_count(d."values")) AS intervals,
               sum(@extschema@.nem12_count_quality(d."values", d.quality, d.events, 'A'::text)) AS actual,
               sum(@extschema@.nem12_count_quality(d."values", d.quality, d.events, 'S'::text))
                   FILTER (WHERE NOT d.is_plain) AS substituted,
               sum(@extschema@.nem12_count_quality(d."values", d.quality, d.events, 'F'::text))
                   FILTER (WHERE NOT d.is_plain) AS final_substituted,
               sum(@extschema@.nem12_count_quality(d."values", d.quality, d.events, 'E'::text))
                   FILTER (WHERE NOT d.is_plain) AS estimated,
               @extschema@.nem12_sum_days(d."values") AS consumption,
               sum(@extschema@.nem12_sum_not_actual(d."values", d.quality, d.events)) FILTER (WHERE NOT d.is_plain) AS not_actual
        FROM (SELECT i.*, i.quality = 'A' AND i.events = '' AS is_plain -- as most days are
              FROM @extschema@.nem12_interval_days i) d
        WHERE d.interval_date BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')
          AND (nmis IS NULL OR d.nmi = ANY (nmis))
        GROUP BY d.nmi, d.nmi_suffix
    )
    SELECT c.nmi, c.nmi_suffix,
           (SELECT coalesce(sum(upper(r) - lower(r)), 0)::integer FROM unnest(c.expected) AS r),
           (SELECT coalesce(sum(upper(r) - lower(r)), 0)::integer FROM unnest(c.stored) AS r),
           (SELECT coalesce(sum(upper(r) - lower(r)), 0)::integer FROM unnest(c.expected - c.stored) AS r),
           coalesce(t.intervals, 0), coalesce(t.actual, 0), coalesce(t.substituted, 0), coalesce(t.final_substituted, 0),
           coalesce(t.estimated, 0),
           coalesce(t.intervals - t.actual, 0) - coalesce(t.substituted, 0) - coalesce(t.final_substituted, 0)
               - coalesce(t.estimated, 0),
           coalesce(t.consumption, 0), coalesce(t.not_actual, 0)
    FROM @extschema@.nem12_coverage(from_date, to_date, nmis, NULL::timestamptz) c
    LEFT JOIN totals t ON t.nmi = c.nmi AND t.nmi_suffix = c.nmi_suffix
    ORDER BY c.nmi, c.nmi_suffix;
END
$$;

-- Index reads of the 500 records against the intervals between them: consecutive reads of one meter's register, of the current
-- versions. The clock of a read of unknown time says 00:00:01; reads count from their minute on. A register that went round is
-- taken to have done so once.
CREATE FUNCTION @extschema@.nem12_index_checks(from_date date, to_date date, nmis text[] DEFAULT NULL)
RETURNS TABLE (
    nmi text, nmi_suffix text, meter_serial text, first_read timestamp, last_read timestamp, index_difference numeric,
    interval_sum numeric, ratio numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
SET jit = off AS $$
#variable_conflict use_column
DECLARE
    first_date CONSTANT date := coalesce(from_date, '-infinity');
    last_date CONSTANT date := coalesce(to_date, 'infinity');
BEGIN
    PERFORM @extschema@.nem12_check_dates('nem12_index_checks'::text, from_date, to_date);
    RETURN QUERY
    WITH reads AS (
        SELECT DISTINCT ON (b.nmi, b.nmi_suffix, c.meter_serial, date_trunc('minute', b.read_datetime))
               b.nmi, b.nmi_suffix, c.meter_serial, date_trunc('minute', b.read_datetime) AS read_at, b.index_read
        FROM @extschema@.nem12_b2b_details b
        JOIN @extschema@.nem12_interval_days d
            ON d.nmi = b.nmi AND d.nmi_suffix = b.nmi_suffix AND d.interval_date = b.interval_date AND d.file_id = b.file_id
        JOIN @extschema@.nem12_channel_details c
            ON c.nmi = d.nmi AND c.nmi_suffix = d.nmi_suffix AND c.details_id = d.details_id
        WHERE b.read_datetime >= first_date AND date_trunc('minute', b.read_datetime) <= last_date + interval '1 day'
          AND b.index_read ~ '^[0-9]+([.][0-9]*)?$' AND (nmis IS NULL OR b.nmi = ANY (nmis))
        ORDER BY b.nmi, b.nmi_suffix, c.meter_serial, date_trunc('minute', b.read_datetime), b.read_datetime DESC, b.line_no DESC
    ), pairs AS (
        SELECT r.nmi, r.nmi_suffix, r.meter_serial, r.read_at AS first_read, lead(r.read_at) OVER register AS last_read,
               r.index_read AS first_index, lead(r.index_read) OVER register AS last_index
        FROM reads r
        WINDOW register AS (PARTITION BY r.nmi, r.nmi_suffix, r.meter_serial ORDER BY r.read_at)
    ), sums AS (
        SELECT p.nmi, p.nmi_suffix, p.meter_serial, p.first_read, p.last_read,
               CASE WHEN p.last_index::numeric >= p.first_index::numeric THEN p.last_index::numeric - p.first_index::numeric
                    ELSE p.last_index::numeric - p.first_index::numeric
                         + power(10::numeric, length(split_part(p.first_index, '.', 1)))::numeric(30, 0) END AS index_difference,
               (SELECT sum(CASE WHEN d.interval_date >= p.first_read AND d.interval_date + 1 <= p.last_read
                                THEN @extschema@.nem12_sum(d."values")
                                ELSE (SELECT sum(r.consumption)
                                      FROM @extschema@.nem12_day_readings(d.interval_date, d."values", d.quality, d.events) r
                                      WHERE r."timestamp" >= p.first_read AND r."timestamp" < p.last_read) END)
                FROM @extschema@.nem12_interval_days d
                WHERE d.nmi = p.nmi AND d.nmi_suffix = p.nmi_suffix AND d.interval_date BETWEEN p.first_read::date AND p.last_read::date)
                   AS interval_sum
        FROM pairs p
        WHERE p.last_read IS NOT NULL
    )
    SELECT s.nmi, s.nmi_suffix, s.meter_serial, s.first_read, s.last_read, s.index_difference, s.interval_sum,
           round(s.interval_sum / nullif(s.index_difference, 0), 6)
    FROM sums s
    ORDER BY s.nmi, s.nmi_suffix, s.meter_serial, s.first_read;
END
$$;
