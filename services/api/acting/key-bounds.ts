import type { ListedKey } from '../../../shared/control/keys.js';
import { HttpProblem } from '../http/problem.js';

/** Most keys of a tenant that are in force. */
const MAX_IN_FORCE = 1_000;
/** Most of all, with those that have ended: their records stay, and each process holds them. */
const MAX_RECORDS = 10_000;

/**
 * Each process that takes keys holds all of them: the admin of one tenant may not fill their memory.
 *
 * @param keys of the tenant
 * @throws TactusError `TACTUS_CONFLICT` (409) where there is no room for another one
 */
export function checkRoomForKey(keys: readonly ListedKey[]): void {
  const inForce = keys.filter(({ state }) => state === 'in force').length;
  if (inForce >= MAX_IN_FORCE)
    throw new HttpProblem(
      409,
      'TACTUS_CONFLICT',
      `the tenant has ${inForce} keys in force; allowed are ${MAX_IN_FORCE}: revoke those that nobody uses`,
    );
  if (keys.length >= MAX_RECORDS)
    throw new HttpProblem(
      409,
      'TACTUS_CONFLICT',
      `the tenant has ${keys.length} keys with those that have ended; allowed are ${MAX_RECORDS}: further ones are made by \`tactus keys create\``,
    );
}
