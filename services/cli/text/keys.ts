import type { ListedKey } from '../../../shared/control/keys.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { tableText } from './table.js';

const timeOr = (ms: number | null, other: string) => (ms === null ? other : isoTime(ms));

/** Keys as a table; never what they are hashed to. */
export function keysText(keys: readonly ListedKey[]): string[] {
  if (keys.length === 0) return ['no keys: `tactus keys create` makes one'];
  return tableText([
    ['id', 'state', 'tenant', 'scopes', 'created', 'expires', 'name'],
    ...keys.map(({ key: { id, tenantId, scopes, createdAt, expiresAt, name }, state }) => [
      ...[id, state, tenantId, scopes.join(','), isoTime(createdAt), timeOr(expiresAt, 'never'), name],
    ]),
  ]);
}

/** A key as JSON: times as ISO 8601. */
export function keyJson({ key, state }: ListedKey): object {
  const { id, tenantId, scopes, name, createdAt, expiresAt, revokedAt } = key;
  return {
    ...{ id, state, tenantId, scopes, name, createdAt: isoTime(createdAt) },
    expiresAt: expiresAt === null ? null : isoTime(expiresAt),
    revokedAt: revokedAt === null ? null : isoTime(revokedAt),
  };
}
