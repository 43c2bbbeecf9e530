-- What \d+ and \df+ show. A function that only others call says "Internal:".

DO $$
DECLARE
    said record;
    home CONSTANT text := (SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                           WHERE c.oid = '@extschema@.nem12_files'::regclass);
BEGIN
    FOR said IN SELECT * FROM (VALUES
        ('meter_readings', 'One row per reading of the current version of every day. A predicate on "timestamp" or "time" reads only the days it needs.'),
        ('staging_meter_readings', 'The readings of the days that wait for nem12_merge_staging().'),
        ('nem12_day_totals', 'One row per channel and day, not exploded: energy, maximum and how many intervals have which quality.'),
        ('nem12_day_versions', 'Every version of every day: the current one, those that were superseded, those that wait.'),
        ('nem12_day_merges', 'Internal: which versions a merge put in place, and in which transaction.'),
        ('nem12_files', 'Ledger: one row per accepted file.'),
        ('nem12_file_days', 'Where to look for the days that a file''s load put into the store, and in which transaction that was.'),
        ('nem12_nmi_lists', 'Lists of NMIs that files put days into the store for, each stored once.'),
        ('nem12_channel_details', 'What a 200 record says about a channel, stored once and referred to.'),
        ('nem12_interval_days', 'The current version of every channel and day, its values packed; a partition per month.'),
        ('nem12_staging_days', 'Days that could not go straight in, with the reason; nem12_merge_staging() decides on them.'),
        ('nem12_superseded_days', 'Versions of days that lost: what won, why and when.'),
        ('nem12_merges', 'Batches of days that were merged, and in which transaction.'),
        ('nem12_merged_days', 'Days that a merge put in where there was none.'),
        ('nem12_b2b_details', '500 records of every version of a day.'),
        ('nem12_accumulation_reads', 'NEM13: the current version of every reading period (250), with its 550 records.'),
        ('nem12_staging_reads', 'Reading periods that wait for nem12_merge_staging().'),
        ('nem12_superseded_reads', 'Versions of reading periods that lost: what won, why and when.'),
        ('nem12_errors', 'Findings: refused files, skipped records, failed inserts, version conflicts.'),
        ('nem12_canary', 'One row that nem12_ping_write() updates: shows that the server takes writes.'),
        ('nem12_expected_channels', 'Which channels should deliver, for nem12_gaps() and nem12_completeness(); yours to fill.')
    ) AS v(relation, text) LOOP
        EXECUTE format('COMMENT ON %s %s.%I IS %L',
                       CASE (SELECT relkind FROM pg_class WHERE oid = (home || '.' || quote_ident(said.relation))::regclass)
                            WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, home, said.relation, said.text);
    END LOOP;

    -- A column means the same wherever it stands; those that do not come with their relation.
    FOR said IN
        SELECT DISTINCT ON (c.relname, a.attname) c.relname, a.attname, v.text
        FROM (VALUES
            (NULL, 'nmi', 'National Metering Identifier, 10 characters, without the check digit'),
            (NULL, 'nmi_suffix', 'which of the NMI''s data streams, such as E1'),
            (NULL, 'interval_date', 'the day, market time (UTC+10 all year)'),
            (NULL, 'timestamp', 'start of the interval, market time (UTC+10 all year)'),
            (NULL, 'time', 'the instant at which the interval starts'),
            (NULL, 'interval_end', 'end of the interval, market time'),
            (NULL, 'consumption', 'the value as delivered, exact'),
            (NULL, 'uom', 'unit, in the market''s spelling'),
            ('nem12_channel_details', 'uom', 'unit as the file wrote it'),
            ('nem12_accumulation_reads', 'uom', 'unit as the file wrote it'),
            ('nem12_staging_reads', 'uom', 'unit as the file wrote it'),
            ('nem12_superseded_reads', 'uom', 'unit as the file wrote it'),
            (NULL, 'uom_as_written', 'unit as the file wrote it'),
            (NULL, 'flow', 'what the suffix means: import (into the grid), export (from the grid to the customer), net, ...'),
            (NULL, 'interval_length', 'minutes'),
            (NULL, 'quality_method', 'A, S52...; where a 400 record covers the interval, that record''s'),
            (NULL, 'reason_code', 'reason code, where there is one'),
            (NULL, 'reason_description', 'the file''s own text, or the standard''s for the code'),
            (NULL, 'meter_serial', 'serial number of the meter'),
            (NULL, 'file_creation_date', '100 DateTime of the file, market time; NULL: not known'),
            (NULL, 'file_id', 'the file, in nem12_files'),
            ('nem12_files', 'file_id', 'its number'),
            (NULL, 'message_id', 'MessageID of the aseXML message it came in; NULL: it came in none'),
            (NULL, 'transaction_id', 'transactionID of its transaction in that message'),
            (NULL, 'loaded_at', 'when the file was loaded: the clock at the end of the load, a moment before its commit'),
            (NULL, 'reason', 'why it waits: it is there already, or its insert failed'),
            (NULL, 'sqlstate', 'SQLSTATE of the failed insert, or the class of a finding'),
            (NULL, 'message', 'what was wrong, in words'),
            (NULL, 'staged_at', 'since when it waits'),
            (NULL, 'staging_id', 'place in the queue of the merge'),
            (NULL, 'intervals', 'how many values the day has: 288, 96 or 48'),
            (NULL, 'max', 'the greatest value'),
            ('nem12_day_totals', 'consumption', 'sum of the day''s values, exact'),
            (NULL, 'actual', 'intervals with quality A'),
            (NULL, 'substituted', 'intervals with quality S'),
            (NULL, 'final_substituted', 'intervals with quality F'),
            (NULL, 'estimated', 'intervals with quality E'),
            (NULL, 'status', 'current, superseded or staged'),
            (NULL, 'values', 'the values of the day, packed'),
            (NULL, 'quality', 'QualityMethod[,ReasonCode[,ReasonDescription]] of the 300'),
            (NULL, 'events', 'its 400 records, one a line: Start,End,QualityMethod[,ReasonCode[,Text]]'),
            (NULL, 'update_datetime', 'UpdateDateTime: the version stamp of the data, market time'),
            (NULL, 'msats_load_datetime', 'MSATSLoadDateTime, market time'),
            (NULL, 'line_no', 'line of its record in the file'),
            ('nem12_errors', 'line_no', 'line in the file; NULL: the file as a whole'),
            (NULL, 'file_name', 'name of the file'),
            (NULL, 'sha256', 'SHA-256 of the MDFF bytes'),
            (NULL, 'outcome', 'why it lost: replaced, older, equal or conflict'),
            (NULL, 'won_by_file_id', 'file of the version that won'),
            (NULL, 'won_by_line_no', 'line of the version that won'),
            (NULL, 'was_current', 'whether it is or ever was the current version'),
            (NULL, 'superseded_at', 'when it lost'),
            (NULL, 'superseded_id', 'number of the row'),
            (NULL, 'merge_id', 'the merge, in nem12_merges'),
            ('nem12_superseded_days', 'merge_id', 'the merge that replaced it as the current version; NULL: it never was'),
            (NULL, 'details_id', 'its 200 record''s content, in nem12_channel_details: a hash of it'),
            (NULL, 'nmi_configuration', 'NMIConfiguration: all suffixes of the NMI'),
            (NULL, 'register_id', 'RegisterID'),
            (NULL, 'mdm_data_stream', 'MDMDataStreamIdentifier'),
            (NULL, 'next_scheduled_read', 'NextScheduledReadDate'),
            (NULL, 'b2b_details', 'its 500 (for reads 550) records, one a line, without the indicator'),
            (NULL, 'generation', 'a deliberate reload counts up'),
            (NULL, 'version', 'NEM12 or NEM13'),
            (NULL, 'from_participant', 'who sent the file'),
            (NULL, 'to_participant', 'to whom it was sent'),
            (NULL, 'dialect', 'strict or tolerant'),
            (NULL, 'bytes', 'size of the MDFF'),
            (NULL, 'days_inserted', 'days that went in at once'),
            (NULL, 'days_staged', 'days that had to wait for the merge'),
            (NULL, 'readings', 'values that it held'),
            (NULL, 'accumulation_reads', 'reading periods that it held'),
            (NULL, 'skipped_records', 'records that were left out (on_invalid => ''skip'')'),
            (NULL, 'loaded_by', 'the session''s user'),
            (NULL, 'xid', 'the transaction that did it'),
            (NULL, 'server_id', 'the server whose transaction that is'),
            (NULL, 'row_xmin', 'the transaction that brought the row to this server'),
            (NULL, 'merged_at', 'when'),
            (NULL, 'first_date', 'of the days that went in'),
            (NULL, 'last_date', 'of the days that went in'),
            (NULL, 'list_id', 'whose they are, in nem12_nmi_lists, where they are more than a few'),
            ('nem12_file_days', 'nmis', 'whose they are, where they are few; NULL like list_id: too many to be listed'),
            ('nem12_nmi_lists', 'list_id', 'a hash of the list'),
            (NULL, 'nmis', 'the NMIs, in order'),
            (NULL, 'trans_code', 'TransCode'),
            (NULL, 'ret_service_order', 'RetServiceOrder'),
            (NULL, 'read_datetime', 'ReadDateTime, market time'),
            (NULL, 'index_read', 'IndexRead, as the meter shows it'),
            (NULL, 'previous_read_datetime', 'start of the period, market time'),
            (NULL, 'current_read_datetime', 'end of the period, market time'),
            (NULL, 'direction', 'I: import to the grid, E: export from it'),
            (NULL, 'previous_register_read', 'register at the start, as the meter shows it'),
            (NULL, 'previous_quality_method', 'quality method of that read'),
            (NULL, 'previous_reason_code', 'its reason code'),
            (NULL, 'previous_reason_description', 'its reason in words'),
            (NULL, 'current_register_read', 'register at the end, as the meter shows it'),
            (NULL, 'current_quality_method', 'quality method of that read'),
            (NULL, 'current_reason_code', 'its reason code'),
            (NULL, 'current_reason_description', 'its reason in words'),
            (NULL, 'quantity', 'Quantity: what the period used, exact'),
            (NULL, 'error_id', 'number of the row'),
            (NULL, 'occurred_at', 'when it was found'),
            (NULL, 'record_indicator', '100 to 900'),
            (NULL, 'field', 'counted from 0, the indicator; NULL: the record as a whole'),
            (NULL, 'severity', 'error or warning'),
            (NULL, 'code', 'rule, or insert_failed, version_conflict, findings_cut'),
            (NULL, 'raw_text', 'the text that is wrong'),
            (NULL, 'resolved', 'yours to set'),
            (NULL, 'id', 'always 1'),
            (NULL, 'written_at', 'the last probe'),
            (NULL, 'from_date', 'its first day'),
            (NULL, 'to_date', 'its last day; NULL: it still delivers')
        ) AS v(relation, name, text)
        JOIN pg_class c ON c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = '@extschema@.nem12_files'::regclass)
                       AND c.relkind IN ('r', 'p', 'v') AND (c.relname = v.relation OR v.relation IS NULL)
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'nem12'
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = v.name AND a.attnum > 0
        ORDER BY c.relname, a.attname, v.relation NULLS LAST
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I.%I IS %L', home, said.relname, said.attname, said.text);
    END LOOP;

    FOR said IN
        SELECT DISTINCT ON (p.oid) p.oid::regprocedure AS function, p.prokind, v.text
        FROM (VALUES
            ('nem12_load', 'Parses, checks and stores one MDFF. on_invalid: reject or skip; dialect: strict or tolerant.'),
            ('nem12_load_begin', 'Begins to load a file in chunks: nem12_load_chunk(), nem12_load_end(), all in one transaction.'),
            ('nem12_load_chunk', 'The next bytes of the file that nem12_load_begin() began.'),
            ('nem12_load_end', 'Ends the load that nem12_load_begin() began.'),
            ('nem12_parse', 'One row per 300 record of an MDFF; nothing is stored.'),
            ('nem12_validate', 'One row per finding in an MDFF; nothing is stored.'),
            ('nem12_merge_staging', 'Decides between the versions of the days and reads that wait; max_days bounds one call.'),
            ('nem12_prepare_months', 'Makes the missing month partitions of the given days.'),
            ('nem12_report_findings', 'For the loader: the findings of a refused file.'),
            ('nem12_file_loaded', 'For the loader: whether content with this SHA-256 is loaded.'),
            ('nem12_ping_write', 'For the loader: a write that is committed or fails.'),
            ('nem12_staging_depth', 'How many days and reads wait for the merge.'),
            ('nem12_nmi_checksum', 'The check digit of a 10-character NMI.'),
            ('nem12_nmi_is_valid', 'Whether it is an NMI: 10 valid characters, or 11 of which the last is the right check digit.'),
            ('nem12_uom', 'The market''s spelling of a unit: kWh for KWH.'),
            ('nem12_flow', 'What an NMI suffix means: import, export, net, ...'),
            ('nem12_sum', 'Sum of a day''s values.'),
            ('nem12_min', 'Least of a day''s values.'),
            ('nem12_max', 'Greatest of a day''s values.'),
            ('nem12_avg', 'Mean of a day''s values.'),
            ('nem12_count', 'How many values a day has.'),
            ('nem12_value', 'The n-th value of a day, from 1; NULL outside.'),
            ('nem12_unpack', 'All values of a day as rows.'),
            ('nem12_values', 'An array of numbers as the packed values of a day.'),
            ('nem12_resample', 'Fewer intervals: 288 values to 96 or 48. sum for energy, mean for volts and the like (7 decimals, half away from zero).'),
            ('nem12_day_readings', 'The readings of one stored day.'),
            ('nem12_count_quality', 'How many intervals of a day have a quality method of this flag: A, S, F, E, N.'),
            ('nem12_sum_not_actual', 'Sum of a day''s values that are not actual.'),
            ('nem12_sum_days', 'Sum over all values of days.'),
            ('nem12_min_days', 'Least of all values of days.'),
            ('nem12_max_days', 'Greatest of all values of days.'),
            ('nem12_avg_days', 'Mean over all values of days.'),
            ('nem12_count_days', 'How many values days have.'),
            ('nem12_profile_days', 'Sum for each interval of the day, over days with the same number of intervals.'),
            ('nem12_days_as_of', 'What was known at a moment: of each day the newest version whose file was loaded by then.'),
            ('nem12_readings_as_of', 'Rows like those of meter_readings, as they were known at a moment; the times are half-open, NULL is all.'),
            ('nem12_reading_changes', 'What re-deliveries changed: the readings that differ between a version and the one that replaced it.'),
            ('nem12_changed_days', 'Every day whose current version changed in a transaction that is not visible in the snapshot; NULL: all days.'),
            ('nem12_gaps', 'Missing days as ranges. Both dates are included; nmis NULL: all.'),
            ('nem12_completeness', 'How much is there and how much of it is measured, by channel. Both dates are included; nmis NULL: all.'),
            ('nem12_index_checks', 'Consecutive index reads of the 500 records against the intervals between them.'),
            ('nem12_export', 'NEM12 of what is stored, one record a row, without line ends. Both dates are included; NULL: all.'),
            ('nem12_export_reads', 'NEM13 of what is stored, one record a row, without line ends, by the date of the current read.'),
            ('nem12_drop_before', 'Retention: drops the months that end before this date, with their superseded and staged versions.')
        ) AS v(name, text)
        JOIN pg_proc p ON p.proname = v.name
        JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'nem12'
    LOOP
        EXECUTE format('COMMENT ON %s %s IS %L', CASE said.prokind WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, said.function, said.text);
    END LOOP;

    FOR said IN
        SELECT p.oid::regprocedure AS function
        FROM pg_proc p
        JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'nem12'
        WHERE obj_description(p.oid, 'pg_proc') IS NULL
    LOOP
        EXECUTE format('COMMENT ON FUNCTION %s IS %L', said.function, 'Internal: called by other functions, operators and views of nem12.');
    END LOOP;
END
$$;

COMMENT ON TYPE @extschema@.nem12_values IS 'The values of one channel and day: 1 to 288 exact decimals, packed.';
COMMENT ON OPERATOR @extschema@.+ (@extschema@.nem12_values, @extschema@.nem12_values) IS 'the sum of two days, value by value, exact';
COMMENT ON OPERATOR @extschema@.- (@extschema@.nem12_values, @extschema@.nem12_values) IS 'the difference of two days, value by value, exact';
