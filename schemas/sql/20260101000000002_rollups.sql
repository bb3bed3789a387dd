-- Figures per series and minute, hour, day; each made from the one before it, from figures that merge
-- exactly: counts and sums add up, least and greatest carry over. The mean is sum / count.
--
-- materialized_only = false: what is not refreshed yet is computed when it is asked for, so the minute,
-- hour and day that are still open are right at any time without being written again and again. The
-- batch worker refreshes closed buckets only; that also keeps a point from the future from moving the
-- line between stored and computed figures past the present.
--
-- create_group_indexes = false: those would index the tags, which may be longer than an index entry.

CREATE MATERIALIZED VIEW tactus.rollup_1m
WITH (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) AS
SELECT
  time_bucket(INTERVAL '1 minute', time) AS bucket,
  tenant_id,
  metric,
  tags,
  count(*) AS count,
  sum(value) AS sum,
  min(value) AS min,
  max(value) AS max
FROM tactus.metric_points
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW tactus.rollup_1h
WITH (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) AS
SELECT
  time_bucket(INTERVAL '1 hour', bucket) AS bucket,
  tenant_id,
  metric,
  tags,
  sum(count)::bigint AS count,
  sum(sum) AS sum,
  min(min) AS min,
  max(max) AS max
FROM tactus.rollup_1m
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW tactus.rollup_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) AS
SELECT
  time_bucket(INTERVAL '1 day', bucket) AS bucket,
  tenant_id,
  metric,
  tags,
  sum(count)::bigint AS count,
  sum(sum) AS sum,
  min(min) AS min,
  max(max) AS max
FROM tactus.rollup_1h
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE INDEX rollup_1m_series ON tactus.rollup_1m (tenant_id, metric, bucket DESC);
CREATE INDEX rollup_1h_series ON tactus.rollup_1h (tenant_id, metric, bucket DESC);
CREATE INDEX rollup_1d_series ON tactus.rollup_1d (tenant_id, metric, bucket DESC);
