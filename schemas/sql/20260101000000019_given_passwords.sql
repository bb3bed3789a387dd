-- Whether a password was set by the admin of some tenants, who may know it still: it is void once its user gains a role in another tenant.
-- Of those that there are nobody knows who has set them.
ALTER TABLE tactus.users ADD COLUMN password_given boolean NOT NULL DEFAULT true;
