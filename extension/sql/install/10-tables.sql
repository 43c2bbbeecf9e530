-- The store. One row per channel and day; every data table carries nmi in its key so that it can be distributed by nmi.
-- Column order is chosen for size: no padding inside an interval day, its common columns never NULL. The columns of days and reads
-- are in versioned_rows.inc.

CREATE SEQUENCE nem12_files_file_id_seq;

-- Ledger: one row per accepted file. Inserted in the transaction of its readings, so it is the only truth about "loaded".
CREATE TABLE nem12_files (
    file_id             bigint      NOT NULL PRIMARY KEY DEFAULT pg_catalog.nextval('@extschema@.nem12_files_file_id_seq'),
    sha256              bytea       NOT NULL CHECK (octet_length(sha256) = 32), -- of the MDFF bytes
    generation          integer     NOT NULL DEFAULT 1,                         -- a deliberate reload counts up
    file_name           text,
    version             text        NOT NULL,                                   -- NEM12 or NEM13
    file_creation_date  timestamp,                                              -- 100 DateTime, market time; NULL: tolerant, no 100
    from_participant    text        NOT NULL DEFAULT '',
    to_participant      text        NOT NULL DEFAULT '',
    dialect             text        NOT NULL,
    bytes               bigint      NOT NULL,
    days_inserted       bigint      NOT NULL DEFAULT 0,
    days_staged         bigint      NOT NULL DEFAULT 0,
    readings            bigint      NOT NULL DEFAULT 0,
    accumulation_reads  bigint      NOT NULL DEFAULT 0,
    skipped_records     bigint      NOT NULL DEFAULT 0,
    loaded_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    loaded_by           text        NOT NULL DEFAULT session_user,
    message_id          text,                                                   -- of the aseXML message it came in; NULL: in none
    transaction_id      text,                                                   -- and of its transaction there
    UNIQUE (sha256, generation)
);
ALTER SEQUENCE nem12_files_file_id_seq OWNED BY nem12_files.file_id;

-- Which server a transaction id is of: pg_dump carries ids into others, where they mean nothing (70-changes.sql).
CREATE FUNCTION nem12_server_id() RETURNS bigint LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

-- Where to look for the days that a file's load put into the store, and in which transaction that was. A row for each file of
-- which a day went in at once; what a merge put in is in nem12_merges.
CREATE TABLE nem12_file_days (
    file_id             bigint      NOT NULL PRIMARY KEY,                       -- nem12_files
    xid                 xid8        NOT NULL DEFAULT pg_current_xact_id(),
    server_id           bigint      NOT NULL DEFAULT nem12_server_id(),         -- whose transaction that is
    first_date          date        NOT NULL,
    last_date           date        NOT NULL,
    nmis                text[]      COLLATE "C",                                -- a few
    list_id             uuid                                                    -- nem12_nmi_lists; NULL like nmis: too many
);

-- Longer lists of NMIs, each stored once: files for the same NMIs come day by day. list_id is a hash of the list.
CREATE TABLE nem12_nmi_lists (
    list_id             uuid        NOT NULL PRIMARY KEY,
    nmis                text[]      COLLATE "C" NOT NULL
);
CREATE INDEX nem12_file_days_xid ON nem12_file_days (server_id, xid);

-- What a 200 record says about a channel, stored once and referred to. details_id is a hash of the other columns.
CREATE TABLE nem12_channel_details (
    nmi                 text COLLATE "C" NOT NULL,
    nmi_suffix          text COLLATE "C" NOT NULL,
    details_id          integer     NOT NULL,
    interval_length     smallint    NOT NULL,   -- minutes
    uom                 text        NOT NULL,
    nmi_configuration   text        NOT NULL,
    register_id         text        NOT NULL,
    mdm_data_stream     text        NOT NULL,
    meter_serial        text        NOT NULL,
    next_scheduled_read date,
    PRIMARY KEY (nmi, nmi_suffix, details_id)
);

-- For the planner: how common a unit is, as the views spell it.
CREATE STATISTICS nem12_channel_details_uom ON (nem12_uom(uom)) FROM nem12_channel_details;

-- The current version of every channel-day. Each month partition carries its own primary key (nmi, nmi_suffix,
-- interval_date): a key on the parent could not be restored by pg_dump, and within a month the two are the same.
CREATE TABLE nem12_interval_days (
    @days.definitions@
) PARTITION BY RANGE (interval_date);
-- For publications with publish_via_partition_root, which send changes in the parent's name: a subscriber wants to hear of an
-- identity, and the parent has no key. What is written to the WAL is decided by each partition, and that is its key.
ALTER TABLE ONLY nem12_interval_days REPLICA IDENTITY FULL;

CREATE SEQUENCE nem12_staging_days_staging_id_seq;

-- Days that could not go straight in, with the reason; nem12_merge_staging() empties it.
CREATE TABLE nem12_staging_days (
    @days.definitions@,
    staging_id          bigint      NOT NULL DEFAULT pg_catalog.nextval('@extschema@.nem12_staging_days_staging_id_seq'),
    reason              text        NOT NULL CHECK (reason IN ('day_exists', 'insert_failed')),
    sqlstate            text,                   -- of the failed insert
    message             text,
    staged_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (nmi, nmi_suffix, interval_date, staging_id)
);
ALTER SEQUENCE nem12_staging_days_staging_id_seq OWNED BY nem12_staging_days.staging_id;
CREATE INDEX nem12_staging_days_queue ON nem12_staging_days (staging_id); -- the order in which the merge takes them

CREATE SEQUENCE nem12_superseded_days_superseded_id_seq;

-- Every replaced or refused version of a day: what won, why and when.
CREATE TABLE nem12_superseded_days (
    @days.definitions@,
    superseded_id       bigint      NOT NULL DEFAULT pg_catalog.nextval('@extschema@.nem12_superseded_days_superseded_id_seq'),
    won_by_file_id      bigint      NOT NULL,
    won_by_line_no      integer     NOT NULL,
    outcome             text        NOT NULL CHECK (outcome IN ('replaced', 'older', 'equal', 'conflict')),
    superseded_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    merge_id            bigint,                 -- nem12_merges: that replaced it as the current version; NULL: it never was
    PRIMARY KEY (nmi, nmi_suffix, interval_date, superseded_id)
);
ALTER SEQUENCE nem12_superseded_days_superseded_id_seq OWNED BY nem12_superseded_days.superseded_id;
CREATE INDEX nem12_superseded_days_merge ON nem12_superseded_days (merge_id) WHERE merge_id IS NOT NULL;

CREATE SEQUENCE nem12_merges_merge_id_seq;

-- Batches of days that were merged, so that what became current then is known.
CREATE TABLE nem12_merges (
    merge_id            bigint      NOT NULL DEFAULT pg_catalog.nextval('@extschema@.nem12_merges_merge_id_seq') PRIMARY KEY,
    xid                 xid8        NOT NULL DEFAULT pg_current_xact_id(),
    server_id           bigint      NOT NULL DEFAULT nem12_server_id(),
    merged_at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER SEQUENCE nem12_merges_merge_id_seq OWNED BY nem12_merges.merge_id;
CREATE INDEX nem12_merges_xid ON nem12_merges (server_id, xid);

-- Days that a merge put in where none was; where one was, nem12_superseded_days has it.
CREATE TABLE nem12_merged_days (
    nmi                 text COLLATE "C" NOT NULL,
    nmi_suffix          text COLLATE "C" NOT NULL,
    interval_date       date        NOT NULL,
    merge_id            bigint      NOT NULL,
    file_id             bigint      NOT NULL,
    line_no             integer     NOT NULL,
    PRIMARY KEY (nmi, nmi_suffix, interval_date, merge_id)
);
CREATE INDEX nem12_merged_days_merge ON nem12_merged_days (merge_id);

-- 500 records of every version of a day; those of the current version have its file_id.
CREATE TABLE nem12_b2b_details (
    nmi                 text COLLATE "C" NOT NULL,
    nmi_suffix          text COLLATE "C" NOT NULL,
    interval_date       date        NOT NULL,
    file_id             bigint      NOT NULL,
    line_no             integer     NOT NULL,
    trans_code          text        NOT NULL,
    ret_service_order   text        NOT NULL,
    read_datetime       timestamp,
    index_read          text        NOT NULL,
    PRIMARY KEY (nmi, nmi_suffix, interval_date, file_id, line_no)
);

-- NEM13: the current version of every reading period. Register reads stay text, as the meter shows them.
CREATE TABLE nem12_accumulation_reads (
    @reads.definitions@,
    PRIMARY KEY (nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime, current_read_datetime)
);

-- The staging and superseded tables of reading periods repeat the columns of nem12_accumulation_reads.
CREATE TABLE nem12_staging_reads (LIKE nem12_accumulation_reads);
CREATE SEQUENCE nem12_staging_reads_staging_id_seq;
ALTER TABLE nem12_staging_reads
    ADD staging_id bigint NOT NULL DEFAULT pg_catalog.nextval('@extschema@.nem12_staging_reads_staging_id_seq'),
    ADD reason text NOT NULL CHECK (reason IN ('read_exists', 'insert_failed')),
    ADD sqlstate text,
    ADD message text,
    ADD staged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD PRIMARY KEY (nmi, staging_id);
ALTER SEQUENCE nem12_staging_reads_staging_id_seq OWNED BY nem12_staging_reads.staging_id;
CREATE INDEX nem12_staging_reads_queue ON nem12_staging_reads (staging_id);

CREATE TABLE nem12_superseded_reads (LIKE nem12_accumulation_reads);
CREATE SEQUENCE nem12_superseded_reads_superseded_id_seq;
ALTER TABLE nem12_superseded_reads
    ADD superseded_id bigint NOT NULL DEFAULT pg_catalog.nextval('@extschema@.nem12_superseded_reads_superseded_id_seq'),
    ADD won_by_file_id bigint NOT NULL,
    ADD won_by_line_no integer NOT NULL,
    ADD outcome text NOT NULL CHECK (outcome IN ('replaced', 'older', 'equal', 'conflict')),
    ADD superseded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD PRIMARY KEY (nmi, superseded_id);
ALTER SEQUENCE nem12_superseded_reads_superseded_id_seq OWNED BY nem12_superseded_reads.superseded_id;

CREATE SEQUENCE nem12_errors_error_id_seq;

-- What was wrong, for people: findings of refused files and skipped records, failed inserts, version conflicts.
CREATE TABLE nem12_errors (
    error_id            bigint      NOT NULL DEFAULT pg_catalog.nextval('@extschema@.nem12_errors_error_id_seq') PRIMARY KEY,
    occurred_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    file_name           text,
    sha256              bytea,
    file_id             bigint,                 -- NULL: the file was refused
    from_participant    text,                   -- of the 100, where it can be read: who sent it
    to_participant      text,
    line_no             bigint,                 -- NULL: the file as a whole
    record_indicator    smallint,
    field               smallint,
    severity            text        NOT NULL DEFAULT 'error',
    code                text        NOT NULL,   -- rule code, or insert_failed, version_conflict
    sqlstate            text,
    message             text        NOT NULL,
    raw_text            text,
    resolved            boolean     NOT NULL DEFAULT false
);
ALTER SEQUENCE nem12_errors_error_id_seq OWNED BY nem12_errors.error_id;
CREATE INDEX nem12_errors_sha256 ON nem12_errors (sha256, line_no); -- what is known of the same bytes

-- One row that nem12_ping_write() updates: shows that the server takes writes.
CREATE TABLE nem12_canary (id integer PRIMARY KEY CHECK (id = 1), written_at timestamptz NOT NULL);
