-- Events are found by type (events_type), by whom they are about, and by any attribute, each with a range of time, which
-- leaves out the chunks of other weeks.

-- Most events of machines are about nobody. A subject and a tenant of 256 characters each fit into an entry.
CREATE INDEX events_subject ON tactus.events (tenant_id, subject_id, time DESC) WHERE subject_id IS NOT NULL;

-- For attributes @> '{"song": "4uLU6hMC"}'. It holds hashes of names with their values, so texts of any length, and is
-- half as large as an index that also knows names alone.
CREATE INDEX events_attributes ON tactus.events USING gin (attributes jsonb_path_ops);
