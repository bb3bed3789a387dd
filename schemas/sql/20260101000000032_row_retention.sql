-- Alerts and corrections are no hypertables, so that no chunk of them is ever over: whatever their tenant's profile says,
-- they stayed, and corrections grew with each late point. They go by rows: alerts some time after they ended, corrections
-- with the windows of their day, once they are published.
CREATE PROCEDURE tactus.apply_row_retention(job_id integer, config jsonb)
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM tactus.alerts AS a
  USING (
    SELECT tenant_id, tactus.kept_days(tenant_id, false) AS days
    FROM (SELECT DISTINCT tenant_id FROM tactus.alerts) AS tenants
  ) AS t
  WHERE a.tenant_id = t.tenant_id AND a.state = 'resolved'
    AND coalesce(a.ends_at, a.updated_at) < now() - INTERVAL '1 day' * t.days;
  COMMIT;
  DELETE FROM tactus.corrections AS c
  USING (
    SELECT tenant_id, tactus.kept_days(tenant_id, true) AS days
    FROM (SELECT DISTINCT tenant_id FROM tactus.corrections) AS tenants
  ) AS t
  WHERE c.tenant_id = t.tenant_id AND c.published
    AND c.start < date_trunc('day', now() - INTERVAL '1 day' * t.days, 'UTC');
END
$$;

SELECT add_job('tactus.apply_row_retention', INTERVAL '1 day');
