-- Rows that the batch worker writes from the profiles of tenants, and takes away with them; others were written by hand.
ALTER TABLE tactus.tenant_profiles ADD COLUMN by_profile boolean NOT NULL DEFAULT false;
