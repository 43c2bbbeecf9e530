-- What pg_dump takes along. The readings themselves are in the month partitions, which are no members of the extension.
SELECT pg_catalog.pg_extension_config_dump('nem12_files', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_channel_details', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_staging_days', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_superseded_days', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_b2b_details', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_accumulation_reads', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_staging_reads', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_superseded_reads', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_errors', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_canary', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_files_file_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_staging_days_staging_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_superseded_days_superseded_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_staging_reads_staging_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_superseded_reads_superseded_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('nem12_errors_error_id_seq', '');
