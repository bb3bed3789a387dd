-- A link that its user logs in by, once, until it expires. A new one takes the place of the one before. `hash` is SHA-256 of 32 random
-- bytes; `epoch` is that of the user when the link was made, so that a change of the user voids it.
CREATE TABLE tactus.login_links (
  user_id uuid PRIMARY KEY REFERENCES tactus.users (id) ON DELETE CASCADE,
  hash bytea NOT NULL UNIQUE,
  epoch bigint NOT NULL,
  expires_at timestamptz NOT NULL
);
