-- Roll-ups as the API reads them: what is refreshed out of the table that it lies in, and only the rest, which is computed when it is
-- asked for, from the finer one. The view of a roll-up is both in one statement, each made of the view below it, down to the points:
-- to plan it took longer than to read a day.

-- Where a roll-up is kept, and up to when it is refreshed. A statement sees both of the same moment.
CREATE FUNCTION tactus.kept_rollup(rollup text, OUT relation text, OUT refreshed timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
  SELECT format('%I.%I', h.schema_name, h.table_name), coalesce(_timescaledb_functions.to_timestamp(w.watermark), '-infinity')
  INTO STRICT relation, refreshed
  FROM _timescaledb_catalog.continuous_agg AS a
  JOIN _timescaledb_catalog.hypertable AS h ON h.id = a.mat_hypertable_id
  LEFT JOIN _timescaledb_catalog.continuous_aggs_watermark AS w ON w.mat_hypertable_id = h.id
  WHERE a.user_view_schema = 'tactus' AND a.user_view_name = rollup;
END
$$;

CREATE OR REPLACE FUNCTION tactus_tenant.rollup_1m_one(of_metric text, of_tags jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1m
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1500 SET search_path = pg_catalog AS $$
DECLARE
  tenant text := current_setting('tactus.tenant', true);
  kept record := tactus.kept_rollup('rollup_1m');
  -- Whole buckets.
  open_from timestamptz := date_bin(INTERVAL '1 minute', greatest(since, kept.refreshed) + INTERVAL '1 minute' - INTERVAL '1 microsecond', 'epoch');
  open_until timestamptz := date_bin(INTERVAL '1 minute', until + INTERVAL '1 minute' - INTERVAL '1 microsecond', 'epoch');
BEGIN
  IF since < kept.refreshed THEN
    RETURN QUERY EXECUTE
      'SELECT bucket, tenant_id, metric, tags, count, sum, min, max FROM ' || kept.relation || '
       WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id($1, $2, $5)
         AND tenant_id = $1 AND metric = $2 AND tags = $5 AND bucket >= $3 AND bucket < $4'
      USING tenant, of_metric, since, least(until, kept.refreshed), of_tags;
  END IF;
  IF open_from < open_until THEN
    RETURN QUERY EXECUTE
      'SELECT public.time_bucket(INTERVAL ''1 minute'', time), tenant_id, metric, tags, count(*), sum(value), min(value), max(value)
       FROM tactus.metric_points
       WHERE tenant_id = $1 AND metric = $2 AND tags = $5 AND time >= $3 AND time < $4
       GROUP BY 1, 2, 3, 4'
      USING tenant, of_metric, open_from, open_until, of_tags;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION tactus_tenant.rollup_1h_one(of_metric text, of_tags jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1h
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1500 SET search_path = pg_catalog AS $$
DECLARE
  tenant text := current_setting('tactus.tenant', true);
  kept record := tactus.kept_rollup('rollup_1h');
  -- Whole buckets.
  open_from timestamptz := date_bin(INTERVAL '1 hour', greatest(since, kept.refreshed) + INTERVAL '1 hour' - INTERVAL '1 microsecond', 'epoch');
  open_until timestamptz := date_bin(INTERVAL '1 hour', until + INTERVAL '1 hour' - INTERVAL '1 microsecond', 'epoch');
BEGIN
  IF since < kept.refreshed THEN
    RETURN QUERY EXECUTE
      'SELECT bucket, tenant_id, metric, tags, count, sum, min, max FROM ' || kept.relation || '
       WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id($1, $2, $5)
         AND tenant_id = $1 AND metric = $2 AND tags = $5 AND bucket >= $3 AND bucket < $4'
      USING tenant, of_metric, since, least(until, kept.refreshed), of_tags;
  END IF;
  IF open_from < open_until THEN
    RETURN QUERY
      SELECT public.time_bucket(INTERVAL '1 hour', f.bucket) AS bucket, f.tenant_id, f.metric, f.tags,
        sum(f.count)::bigint, sum(f.sum), min(f.min), max(f.max)
      FROM tactus_tenant.rollup_1m_one(of_metric, of_tags, open_from, open_until) AS f
      GROUP BY 1, 2, 3, 4;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION tactus_tenant.rollup_1d_one(of_metric text, of_tags jsonb, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1d
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1500 SET search_path = pg_catalog AS $$
DECLARE
  tenant text := current_setting('tactus.tenant', true);
  kept record := tactus.kept_rollup('rollup_1d');
  -- Whole buckets.
  open_from timestamptz := date_bin(INTERVAL '1 day', greatest(since, kept.refreshed) + INTERVAL '1 day' - INTERVAL '1 microsecond', 'epoch');
  open_until timestamptz := date_bin(INTERVAL '1 day', until + INTERVAL '1 day' - INTERVAL '1 microsecond', 'epoch');
BEGIN
  IF since < kept.refreshed THEN
    RETURN QUERY EXECUTE
      'SELECT bucket, tenant_id, metric, tags, count, sum, min, max FROM ' || kept.relation || '
       WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id($1, $2, $5)
         AND tenant_id = $1 AND metric = $2 AND tags = $5 AND bucket >= $3 AND bucket < $4'
      USING tenant, of_metric, since, least(until, kept.refreshed), of_tags;
  END IF;
  IF open_from < open_until THEN
    RETURN QUERY
      SELECT public.time_bucket(INTERVAL '1 day', f.bucket) AS bucket, f.tenant_id, f.metric, f.tags,
        sum(f.count)::bigint, sum(f.sum), min(f.min), max(f.max)
      FROM tactus_tenant.rollup_1h_one(of_metric, of_tags, open_from, open_until) AS f
      GROUP BY 1, 2, 3, 4;
  END IF;
END
$$;

CREATE FUNCTION tactus_tenant.rollup_1m_of(of_metric text, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1m
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10000 SET search_path = pg_catalog AS $$
DECLARE
  tenant text := current_setting('tactus.tenant', true);
  kept record := tactus.kept_rollup('rollup_1m');
  -- Whole buckets.
  open_from timestamptz := date_bin(INTERVAL '1 minute', greatest(since, kept.refreshed) + INTERVAL '1 minute' - INTERVAL '1 microsecond', 'epoch');
  open_until timestamptz := date_bin(INTERVAL '1 minute', until + INTERVAL '1 minute' - INTERVAL '1 microsecond', 'epoch');
BEGIN
  IF since < kept.refreshed THEN
    RETURN QUERY EXECUTE
      'SELECT bucket, tenant_id, metric, tags, count, sum, min, max FROM ' || kept.relation || '
       WHERE tenant_id = $1 AND metric = $2 AND bucket >= $3 AND bucket < $4'
      USING tenant, of_metric, since, least(until, kept.refreshed);
  END IF;
  IF open_from < open_until THEN
    RETURN QUERY EXECUTE
      'SELECT public.time_bucket(INTERVAL ''1 minute'', time), tenant_id, metric, tags, count(*), sum(value), min(value), max(value)
       FROM tactus.metric_points
       WHERE tenant_id = $1 AND metric = $2 AND time >= $3 AND time < $4
       GROUP BY 1, 2, 3, 4'
      USING tenant, of_metric, open_from, open_until;
  END IF;
END
$$;

CREATE FUNCTION tactus_tenant.rollup_1h_of(of_metric text, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1h
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10000 SET search_path = pg_catalog AS $$
DECLARE
  tenant text := current_setting('tactus.tenant', true);
  kept record := tactus.kept_rollup('rollup_1h');
  -- Whole buckets.
  open_from timestamptz := date_bin(INTERVAL '1 hour', greatest(since, kept.refreshed) + INTERVAL '1 hour' - INTERVAL '1 microsecond', 'epoch');
  open_until timestamptz := date_bin(INTERVAL '1 hour', until + INTERVAL '1 hour' - INTERVAL '1 microsecond', 'epoch');
BEGIN
  IF since < kept.refreshed THEN
    RETURN QUERY EXECUTE
      'SELECT bucket, tenant_id, metric, tags, count, sum, min, max FROM ' || kept.relation || '
       WHERE tenant_id = $1 AND metric = $2 AND bucket >= $3 AND bucket < $4'
      USING tenant, of_metric, since, least(until, kept.refreshed);
  END IF;
  IF open_from < open_until THEN
    RETURN QUERY
      SELECT public.time_bucket(INTERVAL '1 hour', f.bucket) AS bucket, f.tenant_id, f.metric, f.tags,
        sum(f.count)::bigint, sum(f.sum), min(f.min), max(f.max)
      FROM tactus_tenant.rollup_1m_of(of_metric, open_from, open_until) AS f
      GROUP BY 1, 2, 3, 4;
  END IF;
END
$$;

CREATE FUNCTION tactus_tenant.rollup_1d_of(of_metric text, since timestamptz, until timestamptz)
RETURNS SETOF tactus.rollup_1d
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10000 SET search_path = pg_catalog AS $$
DECLARE
  tenant text := current_setting('tactus.tenant', true);
  kept record := tactus.kept_rollup('rollup_1d');
  -- Whole buckets.
  open_from timestamptz := date_bin(INTERVAL '1 day', greatest(since, kept.refreshed) + INTERVAL '1 day' - INTERVAL '1 microsecond', 'epoch');
  open_until timestamptz := date_bin(INTERVAL '1 day', until + INTERVAL '1 day' - INTERVAL '1 microsecond', 'epoch');
BEGIN
  IF since < kept.refreshed THEN
    RETURN QUERY EXECUTE
      'SELECT bucket, tenant_id, metric, tags, count, sum, min, max FROM ' || kept.relation || '
       WHERE tenant_id = $1 AND metric = $2 AND bucket >= $3 AND bucket < $4'
      USING tenant, of_metric, since, least(until, kept.refreshed);
  END IF;
  IF open_from < open_until THEN
    RETURN QUERY
      SELECT public.time_bucket(INTERVAL '1 day', f.bucket) AS bucket, f.tenant_id, f.metric, f.tags,
        sum(f.count)::bigint, sum(f.sum), min(f.min), max(f.max)
      FROM tactus_tenant.rollup_1h_of(of_metric, open_from, open_until) AS f
      GROUP BY 1, 2, 3, 4;
  END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION tactus.kept_rollup, tactus_tenant.rollup_1m_of, tactus_tenant.rollup_1h_of, tactus_tenant.rollup_1d_of FROM PUBLIC;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tactus_reader') THEN
    GRANT EXECUTE ON FUNCTION tactus_tenant.rollup_1m_of, tactus_tenant.rollup_1h_of, tactus_tenant.rollup_1d_of TO tactus_reader;
  END IF;
END
$$;
