-- How many different members there were, beside the roll-ups as the increases are: a continuous aggregate cannot gain a column. The
-- batch worker merges the sketches of windows and corrections here.

-- `count` is that of the points whose members are counted: the number stands for a row of a roll-up that counts as many, and for no
-- other. `sketch` is that of hours and days, from which longer times can be added up; those of minutes are in the windows.
-- `published` turns true when the row in the topic `rollups` is acknowledged; hours and days are published by their own marks.
CREATE TABLE tactus.rollup_members (
  bucket text NOT NULL,
  start timestamptz NOT NULL,
  tenant_id text NOT NULL,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  count bigint NOT NULL,
  "distinct" bigint NOT NULL,
  sketch bytea,
  version bigint NOT NULL DEFAULT nextval('tactus.dirty_version'),
  published boolean NOT NULL DEFAULT false,
  tags_md5 uuid NOT NULL GENERATED ALWAYS AS (md5(tags::text)::uuid) STORED
);
-- Ten days, as those of minutes.
SELECT create_hypertable('tactus.rollup_members', by_range('start', INTERVAL '10 days'), create_default_indexes => false);
-- By series first: an hour is added up from the minutes of one.
CREATE UNIQUE INDEX rollup_members_key ON tactus.rollup_members (bucket, tenant_id, metric, tags_md5, start);
CREATE INDEX rollup_members_start ON tactus.rollup_members (bucket, start);
CREATE INDEX rollup_members_unpublished ON tactus.rollup_members (start) WHERE NOT published;

-- The roll-ups with their members, for those who ask.
CREATE VIEW tactus.rollup_1m_members AS
SELECT r.*, m."distinct"
FROM tactus.rollup_1m AS r
LEFT JOIN tactus.rollup_members AS m
  ON m.bucket = '1m' AND m.start = r.bucket AND m.tenant_id = r.tenant_id AND m.metric = r.metric AND m.tags = r.tags
    AND m.count = r.count;

CREATE VIEW tactus.rollup_1h_members AS
SELECT r.*, m."distinct"
FROM tactus.rollup_1h AS r
LEFT JOIN tactus.rollup_members AS m
  ON m.bucket = '1h' AND m.start = r.bucket AND m.tenant_id = r.tenant_id AND m.metric = r.metric AND m.tags = r.tags
    AND m.count = r.count;

CREATE VIEW tactus.rollup_1d_members AS
SELECT r.*, m."distinct"
FROM tactus.rollup_1d AS r
LEFT JOIN tactus.rollup_members AS m
  ON m.bucket = '1d' AND m.start = r.bucket AND m.tenant_id = r.tenant_id AND m.metric = r.metric AND m.tags = r.tags
    AND m.count = r.count;
