-- DROP EXTENSION nem12 without CASCADE refuses while readings are stored (drop_guard.cpp).
CREATE FUNCTION nem12_guard_drop() RETURNS event_trigger
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION nem12_guard_drop() IS 'Internal: refuses DROP EXTENSION nem12 without CASCADE while readings are stored.';

CREATE EVENT TRIGGER nem12_guard_drop ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION') EXECUTE FUNCTION nem12_guard_drop();
