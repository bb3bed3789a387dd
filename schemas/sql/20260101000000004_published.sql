-- The version of a mark at which its bucket was last published while it was open: after a restart a bucket that has
-- not changed since is not published again.
ALTER TABLE tactus.dirty_ranges ADD COLUMN published bigint;
