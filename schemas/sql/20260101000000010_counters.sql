-- What a point's value means, when a counter began, and what windows say of counters and of members.

ALTER TABLE tactus.metric_points ADD COLUMN kind text NOT NULL DEFAULT 'gauge';
ALTER TABLE tactus.metric_points ADD COLUMN start_timestamp timestamptz;

ALTER TABLE tactus.windows ADD COLUMN increase double precision;
ALTER TABLE tactus.windows ADD COLUMN rate double precision;
ALTER TABLE tactus.windows ADD COLUMN "distinct" bigint;
ALTER TABLE tactus.windows ADD COLUMN sketch bytea;

ALTER TABLE tactus.corrections ADD COLUMN increase double precision;
ALTER TABLE tactus.corrections ADD COLUMN rate double precision;
ALTER TABLE tactus.corrections ADD COLUMN "distinct" bigint;
ALTER TABLE tactus.corrections ADD COLUMN sketch bytea;
