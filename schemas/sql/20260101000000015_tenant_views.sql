-- What the API reads: of every table the rows of one tenant, that of the setting tactus.tenant, which is set for each
-- transaction. Row-level security would exclude compression. Without the setting there are no rows.
--
-- A security barrier keeps conditions of a query from seeing other tenants' rows: only comparisons that are leakproof (those of
-- texts, numbers and times are) come before it, and so do the indexes that begin with tenant and metric.

CREATE SCHEMA tactus_tenant;

CREATE VIEW tactus_tenant.metric_points WITH (security_barrier) AS
SELECT * FROM tactus.metric_points WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.windows WITH (security_barrier) AS
SELECT * FROM tactus.windows WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.events WITH (security_barrier) AS
SELECT * FROM tactus.events WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.anomalies WITH (security_barrier) AS
SELECT * FROM tactus.anomalies WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.alerts WITH (security_barrier) AS
SELECT * FROM tactus.alerts WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.reconciled WITH (security_barrier) AS
SELECT * FROM tactus.reconciled WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.rollup_1m WITH (security_barrier) AS
SELECT * FROM tactus.rollup_1m WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.rollup_1m_increase WITH (security_barrier) AS
SELECT * FROM tactus.rollup_1m_increase WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.rollup_1h WITH (security_barrier) AS
SELECT * FROM tactus.rollup_1h WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.rollup_1h_increase WITH (security_barrier) AS
SELECT * FROM tactus.rollup_1h_increase WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.rollup_1d WITH (security_barrier) AS
SELECT * FROM tactus.rollup_1d WHERE tenant_id = current_setting('tactus.tenant', true);

CREATE VIEW tactus_tenant.rollup_1d_increase WITH (security_barrier) AS
SELECT * FROM tactus.rollup_1d_increase WHERE tenant_id = current_setting('tactus.tenant', true);

-- Events by their attributes: jsonb's @> is not leakproof, so that it would come behind the barrier and no index would serve
-- it. Here the tenant is compared beside it, by the owner of the tables, and the caller sees rows of that tenant alone.
CREATE FUNCTION tactus_tenant.events_with(wanted jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.events
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT * FROM tactus.events
  WHERE tenant_id = current_setting('tactus.tenant', true)
    AND time >= since AND time < until AND attributes @> wanted;
END;

-- One series of a roll-up, by the index that is made for it (such as rollup_1m_one): the number of a series is no leakproof
-- function either.
CREATE FUNCTION tactus_tenant.rollup_1m_one(of_metric text, of_tags jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1m
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT * FROM tactus.rollup_1m
  WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id(current_setting('tactus.tenant', true), of_metric, of_tags)
    AND tenant_id = current_setting('tactus.tenant', true) AND metric = of_metric AND tags = of_tags
    AND bucket >= since AND bucket < until;
END;

CREATE FUNCTION tactus_tenant.rollup_1h_one(of_metric text, of_tags jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1h
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT * FROM tactus.rollup_1h
  WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id(current_setting('tactus.tenant', true), of_metric, of_tags)
    AND tenant_id = current_setting('tactus.tenant', true) AND metric = of_metric AND tags = of_tags
    AND bucket >= since AND bucket < until;
END;

CREATE FUNCTION tactus_tenant.rollup_1d_one(of_metric text, of_tags jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1d
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT * FROM tactus.rollup_1d
  WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id(current_setting('tactus.tenant', true), of_metric, of_tags)
    AND tenant_id = current_setting('tactus.tenant', true) AND metric = of_metric AND tags = of_tags
    AND bucket >= since AND bucket < until;
END;

-- The role of a query. Roles belong to the whole server, so it may be there, and who migrates may not be allowed to make one:
-- then the views alone keep tenants apart, which the API says at its start.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tactus_reader') THEN
    CREATE ROLE tactus_reader NOLOGIN;
  END IF;
  EXECUTE format('GRANT tactus_reader TO %I', current_user);
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
  RAISE NOTICE 'no role tactus_reader: %', SQLERRM;
END
$$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tactus_reader') THEN
    GRANT USAGE ON SCHEMA tactus_tenant TO tactus_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA tactus_tenant TO tactus_reader;
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA tactus_tenant FROM PUBLIC;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tactus_tenant TO tactus_reader;
  END IF;
END
$$;
