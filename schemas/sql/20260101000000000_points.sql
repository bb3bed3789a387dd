-- Raw points, as the topic `metrics` has them.
--
-- Every object is named with its schema: the embedded database shares one session among all its
-- clients, so a search_path set by one of them must not matter.

CREATE EXTENSION IF NOT EXISTS timescaledb;

CREATE TABLE tactus.metric_points (
  time timestamptz NOT NULL,
  tenant_id text NOT NULL,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  value double precision NOT NULL,
  id text NOT NULL,
  unit text,
  source text
);

-- One day a chunk: live points then go to one chunk whose two indexes (about 150 bytes a point) stay
-- in memory up to some thousand points a second, a day's bucket of the roll-ups reads one chunk, and ten years
-- of history are 3,650 chunks, each made in some 3 ms.
SELECT create_hypertable('tactus.metric_points', by_range('time', INTERVAL '1 day'), create_default_indexes => false);

-- What makes reading the topic again change nothing. The time stands first, though an id alone would do:
-- a refresh finds the points of its minutes by it, and new points go to the right edge of the index
-- instead of everywhere in it.
CREATE UNIQUE INDEX metric_points_id ON tactus.metric_points (time, tenant_id, id);
CREATE INDEX metric_points_series ON tactus.metric_points (tenant_id, metric, time DESC);

-- Buckets whose figures are older than the points under them. Who stores points marks their minutes in
-- the same statement; the batch worker refreshes, publishes, and takes the mark away if it is still the
-- one that it had read: `version` comes from a sequence, so a mark that was set again never looks like the old one.
CREATE SEQUENCE tactus.dirty_version;

CREATE TABLE tactus.dirty_ranges (
  bucket text NOT NULL CHECK (bucket IN ('1m', '1h', '1d')),
  start timestamptz NOT NULL,
  version bigint NOT NULL DEFAULT nextval('tactus.dirty_version'),
  touched_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (bucket, start)
-- Half-filled pages: the mark of the current minute is set again by each batch, and such an update in
-- place leaves nothing for a vacuum to collect.
) WITH (fillfactor = 50);

-- Who may do a job that only one process should do at a time; see services/batch/lease.ts.
CREATE TABLE tactus.leases (
  name text PRIMARY KEY,
  holder text NOT NULL,
  expires_at timestamptz NOT NULL
);
