-- At most a hundred years: the time before which points may be gone must be a timestamp, or one profile ends the roll-ups
-- and the retention of every tenant.
UPDATE tactus.tenant_profiles
SET retention_days = least(retention_days, 36500), raw_days = least(raw_days, 36500)
WHERE retention_days > 36500 OR raw_days > 36500;
ALTER TABLE tactus.tenant_profiles
  ADD CONSTRAINT tenant_profiles_bound CHECK (retention_days <= 36500 AND raw_days <= 36500);
