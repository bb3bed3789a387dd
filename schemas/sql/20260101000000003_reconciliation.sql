-- What reconciliation needs: the points that the stream reported as late, the corrected figures of the
-- windows that lack them, and what was found in each slot of windows.

-- One row per late point, as the topic `late` has it. `missed` maps a definition's name to the starts, in
-- milliseconds since the epoch, of the windows that lack the point: {"10s": [1768478400000]}.
CREATE TABLE tactus.late_points (
  time timestamptz NOT NULL,
  tenant_id text NOT NULL,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  value double precision NOT NULL,
  id text NOT NULL,
  missed jsonb NOT NULL,
  watermark timestamptz NOT NULL,
  lateness_ms bigint NOT NULL
);

-- One week: late points are few. Same order in the index as that of the points, which it is joined with.
SELECT create_hypertable('tactus.late_points', by_range('time', INTERVAL '7 days'), create_default_indexes => false);
CREATE UNIQUE INDEX late_points_id ON tactus.late_points (time, tenant_id, id);

-- The marks now also name slots of windows that are to be reconciled: 'windows:<definition>'.
ALTER TABLE tactus.dirty_ranges DROP CONSTRAINT dirty_ranges_bucket_check;

-- The right figures of windows that lack late points, once per change. `published` turns true when the record in the
-- topic `corrections` is acknowledged; until then a restart sends the same record again.
CREATE TABLE tactus.corrections (
  tenant_id text NOT NULL,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  "window" text NOT NULL,
  start timestamptz NOT NULL,
  "end" timestamptz NOT NULL,
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
  published boolean NOT NULL DEFAULT false,
  tags_md5 uuid NOT NULL GENERATED ALWAYS AS (md5(tags::text)::uuid) STORED,
  PRIMARY KEY (tenant_id, metric, "window", start, tags_md5)
);
CREATE INDEX corrections_unpublished ON tactus.corrections (emitted_at) WHERE NOT published;

-- What the last look at a slot of windows found, per tenant. Kept for some days by the batch worker.
CREATE TABLE tactus.reconciled (
  "window" text NOT NULL,
  start timestamptz NOT NULL,
  tenant_id text NOT NULL,
  tally jsonb NOT NULL,
  judged_at timestamptz NOT NULL,
  PRIMARY KEY ("window", start, tenant_id)
);
CREATE INDEX reconciled_judged_at ON tactus.reconciled (judged_at);
