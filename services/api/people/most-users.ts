import { HttpProblem } from '../http/problem.js';

/** Of one tenant. Beyond it an admin of one tenant would fill the database of all. */
export const MOST_USERS = 10_000;

/** The refusal of one user more than `most`. */
export function tenantIsFull(tenantId: string, most: number): HttpProblem {
  return new HttpProblem(
    409,
    'TACTUS_CONFLICT',
    `the tenant ${JSON.stringify(tenantId)} has ${most} users, which is the most that one may have: remove some first`,
  );
}
