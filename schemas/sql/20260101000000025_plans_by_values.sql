-- Events by their attributes, and one series of a roll-up, with the plan that these very values are best found by. A function in SQL has
-- one plan for any values: of events it took the index of the tenant and looked at the attributes of each, and of a roll-up it also went
-- through the index of the time, of all tenants.

CREATE OR REPLACE FUNCTION tactus_tenant.events_with(wanted jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.events
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT * FROM tactus.events WHERE tenant_id = $1 AND time >= $2 AND time < $3 AND attributes @> $4'
    USING current_setting('tactus.tenant', true), since, until, wanted;
END
$$;

CREATE OR REPLACE FUNCTION tactus_tenant.rollup_1m_one(of_metric text, of_tags jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1m
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT * FROM tactus.rollup_1m
     WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id($1, $2, $3)
       AND tenant_id = $1 AND metric = $2 AND tags = $3 AND bucket >= $4 AND bucket < $5'
    USING current_setting('tactus.tenant', true), of_metric, of_tags, since, until;
END
$$;

CREATE OR REPLACE FUNCTION tactus_tenant.rollup_1h_one(of_metric text, of_tags jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1h
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT * FROM tactus.rollup_1h
     WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id($1, $2, $3)
       AND tenant_id = $1 AND metric = $2 AND tags = $3 AND bucket >= $4 AND bucket < $5'
    USING current_setting('tactus.tenant', true), of_metric, of_tags, since, until;
END
$$;

CREATE OR REPLACE FUNCTION tactus_tenant.rollup_1d_one(of_metric text, of_tags jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1d
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT * FROM tactus.rollup_1d
     WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id($1, $2, $3)
       AND tenant_id = $1 AND metric = $2 AND tags = $3 AND bucket >= $4 AND bucket < $5'
    USING current_setting('tactus.tenant', true), of_metric, of_tags, since, until;
END
$$;
