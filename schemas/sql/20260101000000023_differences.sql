-- Which windows differ from their stored points, so that people get from a count to the windows, and from these to their
-- points. What was compared before has none.

-- End of the slot, exclusive; how its windows were defined: `aligned` or `session`, and the tags they are grouped by (null for
-- all of them).
ALTER TABLE tactus.reconciled
  ADD COLUMN "end" timestamptz,
  ADD COLUMN kind text,
  ADD COLUMN group_by text[];

-- Some of each slot and tenant, those first that late points do not explain; they go with the result of their slot. `stream`
-- are the figures of the window, null where there is none; `stored` those of all its points, and `expected` those of the points
-- that were in time, null without any.
CREATE TABLE tactus.differences (
  "window" text NOT NULL,
  slot timestamptz NOT NULL,
  tenant_id text NOT NULL,
  number integer NOT NULL,
  start timestamptz NOT NULL,
  "end" timestamptz,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  cause text NOT NULL,
  detail text NOT NULL,
  stored_points bigint NOT NULL,
  counted_points bigint NOT NULL,
  late_points bigint NOT NULL,
  stream jsonb,
  stored jsonb,
  expected jsonb,
  PRIMARY KEY ("window", slot, tenant_id, number),
  FOREIGN KEY ("window", slot, tenant_id) REFERENCES tactus.reconciled ("window", start, tenant_id) ON DELETE CASCADE
);
CREATE INDEX differences_of_tenant ON tactus.differences (tenant_id, "window", start DESC);

CREATE OR REPLACE VIEW tactus_tenant.reconciled WITH (security_barrier) AS
SELECT * FROM tactus.reconciled WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.differences WITH (security_barrier) AS
SELECT * FROM tactus.differences WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.late_points WITH (security_barrier) AS
SELECT * FROM tactus.late_points WHERE tenant_id = current_setting('tactus.tenant', true);

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tactus_reader') THEN
    GRANT SELECT ON tactus_tenant.differences, tactus_tenant.late_points TO tactus_reader;
  END IF;
END
$$;
