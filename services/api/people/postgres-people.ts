import { databaseError, sqlState } from '../../../shared/adapters/postgres/errors.js';
import { inTransaction, type Pool, type PoolClient } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import { ALL_TENANTS } from '../../../shared/ports/keys.js';
import { MOST_USERS } from './most-users.js';
import {
  endOthers,
  nextEpoch,
  note,
  requireRoles,
  requireRoom,
  rolesIn,
  voidGivenPassword,
} from './people-changes.js';
import type {
  NewPassword,
  NewPerson,
  NewSecondFactor,
  PeopleStore,
  PersonIdentity,
  Rotation,
} from './people-store.js';
import type { PeopleChange, Person, Session, StoredSigningKey } from './person.js';
import { type ChangeRow, PERSON, type PersonRow, personOf, type SigningKeyRow } from './person-row.js';
import { type Role, type Roles, tenantsGained } from './roles.js';

const UNIQUE_VIOLATION = '23505';
/** Longer than access tokens are good for, and than a process may take to see a change. */
const KEEP_CHANGES = "INTERVAL '30 minutes'";

/** {@link PeopleStore} in PostgreSQL, schema `tactus`. */
export class PostgresPeople implements PeopleStore {
  constructor(
    private readonly pool: Pool,
    private readonly mostUsers = MOST_USERS,
  ) {}

  async personByName(nameKey: string): Promise<Person | null> {
    return await this.#one(`${PERSON} WHERE u.name_key = $1`, [nameKey]);
  }

  async person(id: string): Promise<Person | null> {
    return await this.#one(`${PERSON} WHERE u.id = $1`, [id]);
  }

  async personByIdentity({ issuer, subject }: PersonIdentity): Promise<Person | null> {
    return await this.#one(
      `${PERSON} WHERE u.id = (SELECT user_id FROM tactus.user_identities WHERE issuer = $1 AND subject = $2)`,
      [issuer, subject],
    );
  }

  async list(tenants: readonly string[] | '*', after: string | null, limit: number): Promise<Person[]> {
    const rows = await this.#rows<PersonRow>(
      'listing users',
      `${PERSON}
       WHERE ($1::text IS NULL OR u.name_key > $1)
         AND ($2::text[] IS NULL OR EXISTS (SELECT FROM tactus.user_roles t WHERE t.user_id = u.id AND t.tenant_id = ANY ($2)))
       ORDER BY u.name_key LIMIT $3`,
      [after, tenants === ALL_TENANTS ? null : tenants, limit],
    );
    return rows.map(personOf);
  }

  async add(person: NewPerson): Promise<boolean> {
    const { id, name, nameKey, passwordHash, isPasswordGiven = false, roles, createdAt, identity } = person;
    requireRoles(roles);
    try {
      await inTransaction(this.pool, 'adding a user', async (client) => {
        // As a change does: whoever adds a user to the same tenant waits, so that both are counted.
        await client.query('SELECT FROM tactus.people_version FOR UPDATE');
        await client.query(
          `INSERT INTO tactus.users (id, name, name_key, password_hash, created_at, password_given)
           VALUES ($1, $2, $3, $4, to_timestamp($5::float8 / 1000), $6)`,
          [id, name, nameKey, passwordHash, createdAt, isPasswordGiven],
        );
        await client.query(
          'INSERT INTO tactus.user_roles (user_id, tenant_id, role) SELECT $1, key, value FROM jsonb_each_text($2::jsonb)',
          [id, JSON.stringify(roles)],
        );
        await requireRoom(client, Object.keys(roles), this.mostUsers);
        if (identity !== undefined)
          await client.query(
            'INSERT INTO tactus.user_identities (issuer, subject, user_id) VALUES ($1, $2, $3)',
            [identity.issuer, identity.subject, id],
          );
      });
      return true;
    } catch (error) {
      // A step that is repeated, because its answer was lost, finds what it has done.
      if (sqlState((error as Error).cause) === UNIQUE_VIOLATION) return (await this.person(id)) !== null;
      throw error;
    }
  }

  async remove(id: string): Promise<boolean> {
    return await this.#change('removing a user', async (client, version) => {
      const { rows } = await client.query<{ epoch: string }>(
        'DELETE FROM tactus.users WHERE id = $1 RETURNING epoch',
        [id],
      );
      if (rows[0] === undefined) return false;
      await note(client, version, { userId: id, epoch: Number(rows[0].epoch) + 1, sessionId: null });
      return true;
    });
  }

  async setRole(id: string, tenantId: string, role: Role | null): Promise<boolean> {
    return await this.#change('changing a role', async (client, version) => {
      const before = await rolesIn(client, id);
      const { rowCount } =
        role === null
          ? await client.query('DELETE FROM tactus.user_roles WHERE user_id = $1 AND tenant_id = $2', [
              id,
              tenantId,
            ])
          : await client.query(
              `INSERT INTO tactus.user_roles (user_id, tenant_id, role)
               SELECT id, $2, $3 FROM tactus.users WHERE id = $1
               ON CONFLICT (user_id, tenant_id) DO UPDATE SET role = $3 WHERE tactus.user_roles.role <> $3`,
              [id, tenantId, role],
            );
      if (rowCount === 0) return false;
      const roles = await rolesIn(client, id);
      requireRoles(roles);
      await this.#joined(client, id, tenantsGained(roles, before));
      await nextEpoch(client, version, id);
      return true;
    });
  }

  async setRoles(id: string, roles: Roles): Promise<boolean> {
    requireRoles(roles);
    return await this.#change('changing roles', async (client, version) => {
      const before = await rolesIn(client, id);
      const wanted = JSON.stringify(roles);
      const removed = await client.query(
        `DELETE FROM tactus.user_roles WHERE user_id = $1 AND ($2::jsonb ->> tenant_id) IS DISTINCT FROM role`,
        [id, wanted],
      );
      const added = await client.query(
        `INSERT INTO tactus.user_roles (user_id, tenant_id, role)
         SELECT u.id, key, value FROM tactus.users u, jsonb_each_text($2::jsonb) WHERE u.id = $1
         ON CONFLICT (user_id, tenant_id) DO NOTHING`,
        [id, wanted],
      );
      if (removed.rowCount === 0 && added.rowCount === 0) return false;
      await this.#joined(client, id, tenantsGained(roles, before));
      await nextEpoch(client, version, id);
      return true;
    });
  }

  async setPassword(
    id: string,
    { hash, isGiven, epoch }: NewPassword,
    keepSessionId: string | null,
  ): Promise<boolean> {
    return await this.#change('changing a password', async (client, version) => {
      const { rowCount } = await client.query(
        `UPDATE tactus.users SET password_hash = $2, password_given = $3
         WHERE id = $1 AND ($4::bigint IS NULL OR epoch = $4)`,
        [id, hash, isGiven, epoch],
      );
      if (rowCount === 0) return false;
      await endOthers(client, id, keepSessionId);
      await nextEpoch(client, version, id);
      return true;
    });
  }

  async rehash(id: string, before: string, hash: string): Promise<void> {
    await this.#rows(
      'storing a password',
      'UPDATE tactus.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2',
      [id, before, hash],
    );
  }

  async setPendingSecret(id: string, secret: Buffer): Promise<void> {
    await this.#rows('preparing a second factor', 'UPDATE tactus.users SET totp_pending = $2 WHERE id = $1', [
      id,
      secret,
    ]);
  }

  async setSecondFactor(
    id: string,
    factor: NewSecondFactor | null,
    keepSessionId: string | null,
  ): Promise<void> {
    await this.#change('changing a second factor', async (client, version) => {
      await client.query(
        `UPDATE tactus.users SET totp_secret = $2, totp_pending = NULL, totp_step = greatest(totp_step, $3) WHERE id = $1`,
        [id, factor?.secret ?? null, factor?.step ?? 0],
      );
      await client.query('DELETE FROM tactus.recovery_codes WHERE user_id = $1', [id]);
      if (factor !== null)
        await client.query(
          'INSERT INTO tactus.recovery_codes (user_id, hash) SELECT $1, unnest($2::bytea[])',
          [id, factor.recoveryHashes],
        );
      await endOthers(client, id, keepSessionId);
      await nextEpoch(client, version, id);
    });
  }

  async useStep(id: string, step: number): Promise<boolean> {
    const rows = await this.#rows(
      'using a code',
      'UPDATE tactus.users SET totp_step = $2 WHERE id = $1 AND totp_step < $2 RETURNING id',
      [id, step],
    );
    return rows.length > 0;
  }

  async useRecoveryCode(id: string, hash: Buffer): Promise<boolean> {
    const rows = await this.#rows(
      'using a recovery code',
      'DELETE FROM tactus.recovery_codes WHERE user_id = $1 AND hash = $2 RETURNING user_id',
      [id, hash],
    );
    return rows.length > 0;
  }

  async begin(
    { id, userId, generation, createdAt }: Session,
    { expiresAt, most, epoch }: { readonly expiresAt: Millis; readonly most: number; readonly epoch: number },
  ): Promise<boolean> {
    return await inTransaction(this.pool, 'beginning a session', async (client) => {
      // First, since it locks the user: a change is done by now and has another epoch, or waits, and ends this session too.
      const { rowCount } = await client.query(
        'UPDATE tactus.users SET last_login_at = to_timestamp($2::float8 / 1000) WHERE id = $1 AND epoch = $3',
        [userId, createdAt, epoch],
      );
      if (rowCount === 0) return false;
      await client.query(
        `INSERT INTO tactus.user_sessions (id, user_id, generation, created_at, used_at, expires_at)
         VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000))`,
        [id, userId, generation, createdAt, expiresAt],
      );
      await client.query(
        `DELETE FROM tactus.user_sessions WHERE id IN (
           SELECT id FROM tactus.user_sessions WHERE user_id = $1 AND id <> $3 ORDER BY used_at DESC OFFSET $2)`,
        [userId, most - 1, id],
      );
      return true;
    });
  }

  async rotate(id: string, generation: number, now: Millis, idleSince: Millis): Promise<Rotation> {
    const rotated = await this.#rows<{ user_id: string; created_ms: number }>(
      'refreshing a session',
      `UPDATE tactus.user_sessions
       SET generation = generation + 1, used_at = to_timestamp($3::float8 / 1000)
       WHERE id = $1 AND generation = $2
         AND expires_at > to_timestamp($3::float8 / 1000) AND used_at > to_timestamp($4::float8 / 1000)
       RETURNING user_id, (extract(epoch FROM created_at) * 1000)::float8 AS created_ms`,
      [id, generation, now, idleSince],
    );
    const [row] = rotated;
    if (row !== undefined) {
      const person = await this.person(row.user_id);
      if (person === null) return { outcome: 'gone' };
      const session = { id, userId: row.user_id, generation: generation + 1, createdAt: row.created_ms };
      return { outcome: 'rotated', session, person };
    }
    // Of the right signature and another generation: it was good before, or the database is older than the token.
    const ended = await this.#endWhere('id = $1 AND generation <> $2', [id, generation]);
    return ended === null ? { outcome: 'gone' } : { outcome: 'reused', userId: ended };
  }

  async end(id: string): Promise<string | null> {
    return await this.#endWhere('id = $1', [id]);
  }

  async endAll(userId: string): Promise<void> {
    await this.#change('ending sessions', async (client, version) => {
      // The user is locked first, as `begin` needs it.
      await nextEpoch(client, version, userId);
      await endOthers(client, userId, null);
    });
  }

  async clean(now: Millis, idleSince: Millis): Promise<void> {
    await this.#rows(
      'removing sessions that have ended',
      `DELETE FROM tactus.user_sessions
       WHERE expires_at < to_timestamp($1::float8 / 1000) OR used_at < to_timestamp($2::float8 / 1000)`,
      [now, idleSince],
    );
    await this.#rows(
      'removing changes of users',
      `DELETE FROM tactus.people_changes WHERE at < now() - ${KEEP_CHANGES}`,
      [],
    );
  }

  async signingKeys(sealedBy: string): Promise<StoredSigningKey[]> {
    const rows = await this.#rows<SigningKeyRow>(
      'reading the signing keys',
      `SELECT id, public_key, private_key, (extract(epoch FROM created_at) * 1000)::float8 AS created_ms
       FROM tactus.signing_keys WHERE sealed_by = $1 ORDER BY created_at, id`,
      [sealedBy],
    );
    return rows.map(({ id, public_key, private_key, created_ms }) => ({
      ...{ id, publicKey: public_key, privateKey: private_key, createdAt: created_ms },
    }));
  }

  async rotateSigningKey(
    sealedBy: string,
    { id, publicKey, privateKey, createdAt }: StoredSigningKey,
    unlessSince: Millis,
    keepSince: Millis,
  ): Promise<boolean> {
    return await this.#change('rotating the signing keys', async (client, version) => {
      const { rowCount } = await client.query(
        `INSERT INTO tactus.signing_keys (id, sealed_by, public_key, private_key, created_at)
         SELECT $1, $2, $3, $4, to_timestamp($5::float8 / 1000)
         WHERE NOT EXISTS (SELECT FROM tactus.signing_keys WHERE sealed_by = $2 AND created_at > to_timestamp($6::float8 / 1000))`,
        [id, sealedBy, JSON.stringify(publicKey), privateKey, createdAt, unlessSince],
      );
      if (rowCount === 0) return false;
      await client.query(
        'DELETE FROM tactus.signing_keys WHERE sealed_by = $1 AND created_at < to_timestamp($2::float8 / 1000)',
        [sealedBy, keepSince],
      );
      await note(client, version, { userId: null, epoch: null, sessionId: null });
      return true;
    });
  }

  async changesSince(
    version: number,
  ): Promise<{ readonly version: number; readonly changes: readonly PeopleChange[] }> {
    const rows = await this.#rows<ChangeRow>(
      'asking for changes of users',
      `SELECT v.version AS latest, c.version, c.user_id, c.epoch, c.session_id
       FROM tactus.people_version v LEFT JOIN tactus.people_changes c ON c.version > $1 AND c.version <= v.version
       ORDER BY c.version`,
      [version],
    );
    const changes = rows
      .filter((row) => row.version !== null)
      .map(({ user_id, epoch, session_id }) => ({
        ...{ userId: user_id, epoch: epoch === null ? null : Number(epoch), sessionId: session_id },
      }));
    return { version: Number(rows[0]?.latest ?? 0), changes };
  }

  async #joined(client: PoolClient, id: string, tenants: readonly string[]): Promise<void> {
    if (tenants.length === 0) return;
    await requireRoom(client, tenants, this.mostUsers);
    await voidGivenPassword(client, id);
  }

  async #endWhere(condition: string, values: unknown[]): Promise<string | null> {
    return await this.#change('ending a session', async (client, version) => {
      const { rows } = await client.query<{ id: string; user_id: string }>(
        `DELETE FROM tactus.user_sessions WHERE ${condition} RETURNING id, user_id`,
        values,
      );
      const [row] = rows;
      if (row === undefined) return null;
      await note(client, version, { userId: null, epoch: null, sessionId: row.id });
      return row.user_id;
    });
  }

  async #one(sql: string, values: readonly unknown[]): Promise<Person | null> {
    return (await this.#rows<PersonRow>('reading a user', sql, values)).map(personOf)[0] ?? null;
  }

  async #rows<R extends object>(doing: string, sql: string, values: readonly unknown[]): Promise<R[]> {
    try {
      return (await this.pool.query<R>(sql, [...values])).rows;
    } catch (error) {
      throw databaseError(error, doing);
    }
  }

  /** Runs a change that other processes must see; its version is the next one. */
  async #change<T>(doing: string, work: (client: PoolClient, version: number) => Promise<T>): Promise<T> {
    return await inTransaction(this.pool, doing, async (client) => {
      const { rows } = await client.query<{ version: string }>(
        'UPDATE tactus.people_version SET version = version + 1 RETURNING version',
      );
      return await work(client, Number(rows[0]?.version));
    });
  }
}
