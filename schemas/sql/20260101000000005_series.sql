-- What dashboards ask of the roll-ups: one series over a time, and the series of a tenant.
--
-- These indexes are on the roll-ups' own tables, which only the batch worker writes: while they are built, points
-- go on being stored and everything goes on being read.

-- A number for a series, in place of its names and tags in an index: 8 bytes, whatever their length (an entry holds at
-- most 2,704), and one comparison. Two series may have the same number: ask for the columns themselves too.
CREATE FUNCTION tactus.series_id(tenant_id text, metric text, tags jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(tenant_id, hashtextextended(metric, jsonb_hash_extended(tags, 0)));

CREATE INDEX rollup_1m_one ON tactus.rollup_1m (tactus.series_id(tenant_id, metric, tags), bucket DESC);
CREATE INDEX rollup_1h_one ON tactus.rollup_1h (tactus.series_id(tenant_id, metric, tags), bucket DESC);
CREATE INDEX rollup_1d_one ON tactus.rollup_1d (tactus.series_id(tenant_id, metric, tags), bucket DESC);

CREATE INDEX rollup_1m_tenant ON tactus.rollup_1m (tenant_id, bucket DESC);
CREATE INDEX rollup_1h_tenant ON tactus.rollup_1h (tenant_id, bucket DESC);
