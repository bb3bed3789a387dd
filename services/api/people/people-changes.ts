import type { PoolClient } from '../../../shared/adapters/postgres/pool.js';
import { TactusError } from '../../../shared/core/errors.js';
import { tenantIsFull } from './most-users.js';
import type { PeopleChange } from './person.js';
import { PERSON, type PersonRow, personOf } from './person-row.js';
import { type Roles, rolesProblem } from './roles.js';

// Parts of a change of people, in a transaction that holds the next version.

export async function nextEpoch(client: PoolClient, version: number, id: string): Promise<void> {
  const { rows } = await client.query<{ epoch: string }>(
    'UPDATE tactus.users SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch',
    [id],
  );
  if (rows[0] !== undefined)
    await note(client, version, { userId: id, epoch: Number(rows[0].epoch), sessionId: null });
}

export async function endOthers(
  client: PoolClient,
  userId: string,
  keepSessionId: string | null,
): Promise<void> {
  await client.query('DELETE FROM tactus.user_sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid', [
    userId,
    keepSessionId,
  ]);
}

export async function note(client: PoolClient, version: number, change: PeopleChange): Promise<void> {
  await client.query(
    'INSERT INTO tactus.people_changes (version, user_id, epoch, session_id) VALUES ($1, $2, $3, $4)',
    [version, change.userId, change.epoch, change.sessionId],
  );
}

/** Voids a password that an admin of other tenants has given, and ends the sessions, which may be that admin's too. */
export async function voidGivenPassword(client: PoolClient, userId: string): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE tactus.users SET password_hash = NULL WHERE id = $1 AND password_given AND password_hash IS NOT NULL`,
    [userId],
  );
  if (rowCount !== 0) await endOthers(client, userId, null);
}

export async function rolesIn(client: PoolClient, id: string): Promise<Roles> {
  return (
    (await client.query<PersonRow>(`${PERSON} WHERE u.id = $1`, [id])).rows.map(personOf)[0]?.roles ?? {}
  );
}

/** @throws TactusError `TACTUS_CONFLICT` where, with the change, a tenant has more users than it may */
export async function requireRoom(
  client: PoolClient,
  tenants: readonly string[],
  most: number,
): Promise<void> {
  const { rows } = await client.query<{ tenant_id: string }>(
    'SELECT tenant_id FROM tactus.user_roles WHERE tenant_id = ANY ($1) GROUP BY tenant_id HAVING count(*) > $2 LIMIT 1',
    [tenants, most],
  );
  if (rows[0] !== undefined) throw tenantIsFull(rows[0].tenant_id, most);
}

/** @throws TactusError `TACTUS_FIELD_INVALID` as `rolesProblem` says */
export function requireRoles(roles: Roles): void {
  const problem = rolesProblem(roles);
  if (problem !== null) throw new TactusError('TACTUS_FIELD_INVALID', problem);
}
