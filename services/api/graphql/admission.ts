import type { FastifyRequest } from 'fastify';
import type { Asking, Gatekeeper, Need } from '../access/asking.js';
import { accessOf, namedTenants } from '../http/app.js';

/** A field as it is asked for. */
export interface AskedField {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * Admits who asks for a field as they would be at its route. The tenant is that of the argument `tenantId`, or the one that the request
 * names for all of its fields.
 *
 * @throws TactusError `TACTUS_NOT_ALLOWED`, `TACTUS_REQUEST_INVALID`
 */
export function admit(
  gatekeeper: Gatekeeper,
  http: FastifyRequest,
  need: Need,
  { name, args: { tenantId } }: AskedField,
): Asking {
  const ofField = typeof tenantId === 'string' && tenantId !== '' ? [tenantId] : [];
  const access = { ...accessOf(http), resource: `POST ${pathOf(name)}` };
  return gatekeeper.admit(http.asking.caller, need, [...ofField, ...namedTenants(http)], access);
}

/** What stands for a field where a path does for a route, as in `audit`. */
export function pathOf(field: string): string {
  return `/graphql#${field}`;
}
