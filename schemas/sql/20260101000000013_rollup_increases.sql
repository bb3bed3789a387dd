-- What counters go up by, beside the roll-ups: a continuous aggregate cannot gain a column, and must not be made anew, since it has
-- figures of points that are gone. The batch worker writes minutes here from windows and corrections, and hours and days from those.

-- `count` is that of the points in the windows: an increase stands for a row of a roll-up that counts as many, and for no other.
-- `published` turns true when the row in the topic `rollups` is acknowledged; hours and days are published by their own marks.
CREATE TABLE tactus.rollup_increases (
  bucket text NOT NULL,
  start timestamptz NOT NULL,
  tenant_id text NOT NULL,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  count bigint NOT NULL,
  increase double precision,
  version bigint NOT NULL DEFAULT nextval('tactus.dirty_version'),
  published boolean NOT NULL DEFAULT false,
  tags_md5 uuid NOT NULL GENERATED ALWAYS AS (md5(tags::text)::uuid) STORED
);
-- Ten days, as those of minutes.
SELECT create_hypertable('tactus.rollup_increases', by_range('start', INTERVAL '10 days'), create_default_indexes => false);
CREATE UNIQUE INDEX rollup_increases_key ON tactus.rollup_increases (bucket, start, tenant_id, metric, tags_md5);
CREATE INDEX rollup_increases_unpublished ON tactus.rollup_increases (start) WHERE NOT published;

-- The roll-ups with their increases, for those who ask.
CREATE VIEW tactus.rollup_1m_increase AS
SELECT r.*, i.increase
FROM tactus.rollup_1m AS r
LEFT JOIN tactus.rollup_increases AS i
  ON i.bucket = '1m' AND i.start = r.bucket AND i.tenant_id = r.tenant_id AND i.metric = r.metric AND i.tags = r.tags
    AND i.count = r.count;

CREATE VIEW tactus.rollup_1h_increase AS
SELECT r.*, i.increase
FROM tactus.rollup_1h AS r
LEFT JOIN tactus.rollup_increases AS i
  ON i.bucket = '1h' AND i.start = r.bucket AND i.tenant_id = r.tenant_id AND i.metric = r.metric AND i.tags = r.tags
    AND i.count = r.count;

CREATE VIEW tactus.rollup_1d_increase AS
SELECT r.*, i.increase
FROM tactus.rollup_1d AS r
LEFT JOIN tactus.rollup_increases AS i
  ON i.bucket = '1d' AND i.start = r.bucket AND i.tenant_id = r.tenant_id AND i.metric = r.metric AND i.tags = r.tags
    AND i.count = r.count;
