-- People who log in, what they may do in which tenant, and what their sessions need. The passwords of nobody can be read here: see
-- services/api/people/README.md for what is hashed and what is encrypted under TACTUS_KEYS_SECRET.

-- `name_key` is the name as it is compared: without regard to case and to how a character is composed.
-- `epoch` grows with each change that ends access tokens: of roles, of the password, of the second factor.
-- `totp_step` is the time step of the last code that was accepted, so that none is accepted twice.
CREATE TABLE tactus.users (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  name_key text NOT NULL UNIQUE,
  password_hash text,
  totp_secret bytea,
  totp_pending bytea,
  totp_step bigint NOT NULL DEFAULT 0,
  epoch bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  last_login_at timestamptz
);

-- Tenant `*` is all.
CREATE TABLE tactus.user_roles (
  user_id uuid NOT NULL REFERENCES tactus.users (id) ON DELETE CASCADE,
  tenant_id text NOT NULL,
  role text NOT NULL CHECK (role IN ('admin', 'operator', 'viewer')),
  PRIMARY KEY (user_id, tenant_id)
);
CREATE INDEX user_roles_tenant ON tactus.user_roles (tenant_id);

-- Each is good for one login without the second factor.
CREATE TABLE tactus.recovery_codes (
  user_id uuid NOT NULL REFERENCES tactus.users (id) ON DELETE CASCADE,
  hash bytea NOT NULL,
  PRIMARY KEY (user_id, hash)
);

-- One row for each login that goes on: a family of refresh tokens, of which that of `generation` is good.
CREATE TABLE tactus.user_sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES tactus.users (id) ON DELETE CASCADE,
  generation integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  used_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX user_sessions_user ON tactus.user_sessions (user_id, used_at);
CREATE INDEX user_sessions_expires ON tactus.user_sessions (expires_at);

-- `sealed_by` names the secret that the private key is encrypted under: processes with another one have keys of their own.
CREATE TABLE tactus.signing_keys (
  id text PRIMARY KEY,
  sealed_by text NOT NULL,
  public_key jsonb NOT NULL,
  private_key bytea NOT NULL,
  created_at timestamptz NOT NULL
);

-- What every process of the API must know at once: a user whose tokens of an earlier epoch are void (a removed one has none that
-- is good), a session that has ended, or, where neither is named, a change of the signing keys. Rows are removed when no token
-- is left that they are about.
CREATE TABLE tactus.people_changes (
  version bigint PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  user_id uuid,
  epoch bigint,
  session_id uuid
);
CREATE INDEX people_changes_at ON tactus.people_changes (at);

-- Whoever makes a change holds this row until its end: so versions become visible in their order, and no reader misses one.
CREATE TABLE tactus.people_version (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  version bigint NOT NULL
);
INSERT INTO tactus.people_version (version) VALUES (0);
