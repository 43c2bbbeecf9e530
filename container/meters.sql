-- The database of the containers: the extension, and the loader's role with the rights of docs/security.md.
CREATE EXTENSION nem12;
CREATE ROLE nem12 LOGIN PASSWORD :'password';
GRANT EXECUTE ON FUNCTION nem12_load, nem12_load_begin, nem12_load_chunk, nem12_load_end, nem12_prepare_months,
    nem12_merge_staging, nem12_report_findings, nem12_file_loaded, nem12_ping_write, nem12_staging_depth TO nem12;
