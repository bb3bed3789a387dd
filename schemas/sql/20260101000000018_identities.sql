-- Who logs in by an identity provider: `subject` is what it calls the person, and never changes there.
CREATE TABLE tactus.user_identities (
  issuer text NOT NULL,
  subject text NOT NULL,
  user_id uuid NOT NULL REFERENCES tactus.users (id) ON DELETE CASCADE,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX user_identities_user ON tactus.user_identities (user_id);
