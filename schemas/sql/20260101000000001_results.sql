-- What the stream has found out: closed windows, anomalies, alerts; and the events as they came.
-- Columns carry the names of the Avro fields, in snake case.

-- `tags_md5` stands for the tags in the key: an index entry holds at most 2,704 bytes, tags may be longer.
CREATE TABLE tactus.windows (
  start timestamptz NOT NULL,
  "end" timestamptz NOT NULL,
  tenant_id text NOT NULL,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  "window" text NOT NULL,
  count bigint NOT NULL,
  sum double precision NOT NULL,
  min double precision NOT NULL,
  max double precision NOT NULL,
  mean double precision NOT NULL,
  stddev double precision NOT NULL,
  first double precision NOT NULL,
  last double precision NOT NULL,
  quantiles jsonb,
  watermark timestamptz NOT NULL,
  emitted_at timestamptz NOT NULL,
  tags_md5 uuid NOT NULL GENERATED ALWAYS AS (md5(tags::text)::uuid) STORED
);

-- One day: a series has 14,400 rows a day with the default definitions, a sixth of its points at one a second.
SELECT create_hypertable('tactus.windows', by_range('start', INTERVAL '1 day'), create_default_indexes => false);
CREATE UNIQUE INDEX windows_key ON tactus.windows (tenant_id, metric, "window", start, tags_md5);

CREATE TABLE tactus.events (
  time timestamptz NOT NULL,
  tenant_id text NOT NULL,
  type text NOT NULL,
  id text NOT NULL,
  subject_id text,
  attributes jsonb NOT NULL
);

-- One week: events are far fewer than points.
SELECT create_hypertable('tactus.events', by_range('time', INTERVAL '7 days'), create_default_indexes => false);
CREATE UNIQUE INDEX events_id ON tactus.events (tenant_id, id, time);
CREATE INDEX events_type ON tactus.events (tenant_id, type, time DESC);

CREATE TABLE tactus.anomalies (
  start timestamptz NOT NULL,
  "end" timestamptz NOT NULL,
  id text NOT NULL,
  tenant_id text NOT NULL,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  detector text NOT NULL,
  "window" text NOT NULL,
  value double precision NOT NULL,
  expected double precision NOT NULL,
  lower double precision NOT NULL,
  upper double precision NOT NULL,
  score double precision NOT NULL,
  severity text NOT NULL,
  explanation text NOT NULL,
  detected_at timestamptz NOT NULL
);

-- Thirty days: rare by nature, and read over long ranges.
SELECT create_hypertable('tactus.anomalies', by_range('start', INTERVAL '30 days'), create_default_indexes => false);
CREATE UNIQUE INDEX anomalies_id ON tactus.anomalies (tenant_id, id, start);
CREATE INDEX anomalies_series ON tactus.anomalies (tenant_id, metric, start DESC);

-- One row for each time that an alert went up, with its latest state: what fired when, for how long, can
-- be asked without replaying every change, and an alert that is sent again a thousand times stays one row.
-- The changes themselves are the topic. Rare and updated in place, hence no hypertable.
CREATE TABLE tactus.alerts (
  fingerprint text NOT NULL,
  starts_at timestamptz NOT NULL,
  rule text NOT NULL,
  tenant_id text NOT NULL,
  state text NOT NULL,
  severity text NOT NULL,
  labels jsonb NOT NULL,
  annotations jsonb NOT NULL,
  value double precision NOT NULL,
  ends_at timestamptz,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (fingerprint, starts_at)
);
CREATE INDEX alerts_tenant ON tactus.alerts (tenant_id, updated_at DESC);
