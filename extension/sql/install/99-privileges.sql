-- Nobody but the owner changes data unless granted: EXECUTE on these is no right of PUBLIC.
REVOKE ALL ON FUNCTION nem12_load(bytea, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_load_begin(text, text, text, bytea, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_load_chunk(bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_load_end() FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_merge_staging(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_prepare_months(date[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_drop_before(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_report_findings(text, bytea, jsonb, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_file_loaded(bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_ping_write() FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_staging_depth() FROM PUBLIC;

-- Of use to the functions above only.
REVOKE ALL ON FUNCTION nem12_refuse_distributed() FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_batches_stored() FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_begin_file(bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_finish_file(bigint, bytea, text, text, timestamp, text, text, text, bigint, bigint,
                                         bigint, bigint, bigint, bigint, date, date, text[], text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_store_nmis(text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_log_finding(text, bytea, bigint, bigint, integer, integer, text, text, text, text, text, text,
                                         text)
    FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_updates_first() FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_merge_days(bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_merge_days_directly(regclass, regclass, regclass, regclass, regclass, regclass, bigint[], bigint,
                                                 boolean)
    FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_merge_days_by_statement(bigint[], bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_merge_reads(bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_merge_batch(boolean, bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_staged_ids(boolean, bigint, bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_requeue(boolean, bigint[], text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_guard_drop() FROM PUBLIC;

-- What analysts are granted: docs/analysts.md.
REVOKE ALL ON FUNCTION nem12_days_as_of(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_readings_as_of(text, timestamp, timestamp, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_reading_changes(date, date, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_changed_days(pg_snapshot) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_gaps(date, date, text[], timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_completeness(date, date, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_index_checks(date, date, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_export(text[], date, date, timestamptz, text, text, timestamp) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_export_reads(text[], date, date, timestamptz, text, text, timestamp) FROM PUBLIC;

-- Of use to these only.
REVOKE ALL ON FUNCTION nem12_coverage(date, date, text[], timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_changed_days_since(pg_snapshot) FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_server_id() FROM PUBLIC;
REVOKE ALL ON FUNCTION nem12_full_xid(xid) FROM PUBLIC;
