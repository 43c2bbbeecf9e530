-- What follows finds the extension's objects by name again, as CREATE EXTENSION has it (60-day-totals.sql).
SET LOCAL search_path = @extschema@, pg_temp;
