-- One row per reading, on top of one row per day. The joins are outer joins on keys, so that PostgreSQL drops those
-- whose columns a query does not use.

CREATE VIEW meter_readings AS
SELECT d.nmi,
       d.nmi_suffix,
       r."timestamp",
       r.interval_end,
       r.consumption,
       @extschema@.nem12_uom(c.uom) AS uom,
       r.interval_length,
       r.quality_method,
       r.reason_code,
       r.reason_description,
       c.meter_serial,
       f.file_creation_date,
       d.file_id,
       r."time",
       @extschema@.nem12_flow(d.nmi_suffix) AS flow,
       f.loaded_at
FROM nem12_interval_days d
LEFT JOIN nem12_channel_details c
       ON c.nmi = d.nmi AND c.nmi_suffix = d.nmi_suffix AND c.details_id = d.details_id
LEFT JOIN nem12_files f ON f.file_id = d.file_id
CROSS JOIN LATERAL nem12_day_readings(d.interval_date, d."values", d.quality, d.events) r;

CREATE VIEW staging_meter_readings AS
SELECT d.nmi,
       d.nmi_suffix,
       r."timestamp",
       r.interval_end,
       r.consumption,
       @extschema@.nem12_uom(c.uom) AS uom,
       r.interval_length,
       r.quality_method,
       r.reason_code,
       r.reason_description,
       c.meter_serial,
       f.file_creation_date,
       d.file_id,
       d.reason,
       d.sqlstate,
       d.staged_at,
       r."time",
       @extschema@.nem12_flow(d.nmi_suffix) AS flow,
       f.loaded_at
FROM nem12_staging_days d
LEFT JOIN nem12_channel_details c
       ON c.nmi = d.nmi AND c.nmi_suffix = d.nmi_suffix AND c.details_id = d.details_id
LEFT JOIN nem12_files f ON f.file_id = d.file_id
CROSS JOIN LATERAL nem12_day_readings(d.interval_date, d."values", d.quality, d.events) r;
