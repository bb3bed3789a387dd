import type { Person } from './person.js';
import type { Roles } from './roles.js';

/** Users with their roles; a condition on `u` follows. */
export const PERSON = `SELECT u.id, u.name, u.password_hash, u.password_given, u.totp_secret, u.totp_pending, u.epoch,
    (extract(epoch FROM u.created_at) * 1000)::float8 AS created_ms,
    (extract(epoch FROM u.last_login_at) * 1000)::float8 AS login_ms,
    EXISTS (SELECT FROM tactus.user_identities i WHERE i.user_id = u.id) AS has_identity,
    (SELECT jsonb_object_agg(r.tenant_id, r.role) FROM tactus.user_roles r WHERE r.user_id = u.id) AS roles
  FROM tactus.users u`;

export interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly password_hash: string | null;
  readonly password_given: boolean;
  readonly has_identity: boolean;
  readonly totp_secret: Buffer | null;
  readonly totp_pending: Buffer | null;
  readonly epoch: string;
  readonly created_ms: number;
  readonly login_ms: number | null;
  readonly roles: Roles | null;
}

export function personOf(row: PersonRow): Person {
  return {
    ...{ id: row.id, name: row.name, passwordHash: row.password_hash, epoch: Number(row.epoch) },
    ...{ isPasswordGiven: row.password_given, hasIdentity: row.has_identity },
    ...{ totpSecret: row.totp_secret, totpPending: row.totp_pending, roles: row.roles ?? {} },
    ...{ createdAt: row.created_ms, lastLoginAt: row.login_ms },
  };
}

export interface SigningKeyRow {
  readonly id: string;
  readonly public_key: Record<string, unknown>;
  readonly private_key: Buffer;
  readonly created_ms: number;
}

export interface ChangeRow {
  readonly latest: string;
  readonly version: string | null;
  readonly user_id: string | null;
  readonly epoch: string | null;
  readonly session_id: string | null;
}
