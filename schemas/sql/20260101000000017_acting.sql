-- What people keep through the API, and which requests were done already.

-- Versions are of one sequence, so that a dashboard that was deleted and made again has none that it had before.
CREATE SEQUENCE tactus.dashboard_version;
CREATE TABLE tactus.dashboards (
  tenant_id text NOT NULL,
  id text NOT NULL,
  version bigint NOT NULL DEFAULT nextval('tactus.dashboard_version'),
  title text NOT NULL,
  spec jsonb NOT NULL,
  updated_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE VIEW tactus_tenant.dashboards WITH (security_barrier) AS
SELECT * FROM tactus.dashboards WHERE tenant_id = current_setting('tactus.tenant', true);

-- Requests with an Idempotency-Key, for a day. `answer` is null while one is at work.
CREATE TABLE tactus.api_requests (
  caller text NOT NULL,
  key text NOT NULL,
  hash text NOT NULL,
  answer jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (caller, key)
);
CREATE INDEX api_requests_created ON tactus.api_requests (created_at);

-- Pages of alerts, newest first.
CREATE INDEX alerts_started ON tactus.alerts (tenant_id, starts_at DESC, fingerprint DESC);

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tactus_reader') THEN
    GRANT SELECT ON tactus_tenant.dashboards TO tactus_reader;
  END IF;
END
$$;
