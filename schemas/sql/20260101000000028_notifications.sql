-- What became of notifying channels of alerts, and when alerts went from one state to the next.

CREATE TABLE tactus.notifications (
  at timestamptz NOT NULL,
  tenant_id text NOT NULL,
  id text NOT NULL,
  fingerprint text NOT NULL,
  starts_at timestamptz NOT NULL,
  channel text NOT NULL,
  kind text NOT NULL,
  outcome text NOT NULL,
  status text NOT NULL,
  attempts integer NOT NULL,
  error text,
  reason text,
  escalation integer NOT NULL
);
SELECT create_hypertable('tactus.notifications', by_range('at', INTERVAL '7 days'), create_default_indexes => false);
CREATE UNIQUE INDEX notifications_id ON tactus.notifications (tenant_id, id, at);
CREATE INDEX notifications_alert ON tactus.notifications (tenant_id, fingerprint, at DESC, id DESC);
-- A channel that is away for weeks adds rows for as long: they are of use while somebody looks into it. The profile of a tenant
-- may remove them earlier.
SELECT add_retention_policy('tactus.notifications', INTERVAL '90 days');

-- The first time of each state of each time that an alert went up: `alerts` has the latest state alone.
CREATE TABLE tactus.alert_states (
  starts_at timestamptz NOT NULL,
  tenant_id text NOT NULL,
  fingerprint text NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL,
  value double precision NOT NULL
);
SELECT create_hypertable('tactus.alert_states', by_range('starts_at', INTERVAL '30 days'), create_default_indexes => false);
CREATE UNIQUE INDEX alert_states_key ON tactus.alert_states (tenant_id, fingerprint, starts_at DESC, state);
-- Of alerts that are there, the state that is known.
INSERT INTO tactus.alert_states
SELECT starts_at, tenant_id, fingerprint, state, updated_at, value FROM tactus.alerts;

CREATE VIEW tactus_tenant.notifications WITH (security_barrier) AS
SELECT * FROM tactus.notifications WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.alert_states WITH (security_barrier) AS
SELECT * FROM tactus.alert_states WHERE tenant_id = current_setting('tactus.tenant', true);

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tactus_reader') THEN
    GRANT SELECT ON tactus_tenant.notifications, tactus_tenant.alert_states TO tactus_reader;
  END IF;
END
$$;
