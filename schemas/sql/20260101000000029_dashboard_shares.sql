-- Links by which anybody reads one dashboard. `hash` is SHA-256 of 32 random bytes, which nobody can read again. With its dashboard
-- a link is gone too.
CREATE TABLE tactus.dashboard_shares (
  id uuid PRIMARY KEY,
  tenant_id text NOT NULL,
  dashboard_id text NOT NULL,
  hash bytea NOT NULL UNIQUE,
  comment text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  FOREIGN KEY (tenant_id, dashboard_id) REFERENCES tactus.dashboards (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX dashboard_shares_dashboard ON tactus.dashboard_shares (tenant_id, dashboard_id);

-- Without the hash.
CREATE VIEW tactus_tenant.dashboard_shares WITH (security_barrier) AS
SELECT id, dashboard_id, comment, created_by, created_at, expires_at, used_at
FROM tactus.dashboard_shares
WHERE tenant_id = current_setting('tactus.tenant', true) AND expires_at > now();

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tactus_reader') THEN
    GRANT SELECT ON tactus_tenant.dashboard_shares TO tactus_reader;
  END IF;
END
$$;
