-- The time since which all points of a tenant are there: before it some may have been removed, so that roll-ups are asked. Whole
-- chunks are removed, those of a day that is over, so the day in which the limit lies is there still. Null where points are kept for ever.
--
-- A text, not BEGIN ATOMIC, which would keep the extension from making its view anew when it is updated.
CREATE FUNCTION tactus_tenant.points_kept_since() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
  SELECT greatest(
    date_trunc('day', now() - INTERVAL '1 day' * tactus.kept_days(current_setting('tactus.tenant', true), true), 'UTC'),
    (SELECT max(now() - (config ->> 'drop_after')::interval) FROM timescaledb_information.jobs
     WHERE proc_name = 'policy_retention' AND hypertable_schema = 'tactus' AND hypertable_name = 'metric_points'))
$$;

REVOKE EXECUTE ON FUNCTION tactus_tenant.points_kept_since() FROM PUBLIC;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tactus_reader') THEN
    GRANT EXECUTE ON FUNCTION tactus_tenant.points_kept_since() TO tactus_reader;
  END IF;
END
$$;
