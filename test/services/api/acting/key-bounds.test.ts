import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ApiKey } from '../../../../schemas/types.js';
import { checkRoomForKey } from '../../../../services/api/acting/key-bounds.js';
import { HttpProblem } from '../../../../services/api/http/problem.js';
import type { KeyState, ListedKey } from '../../../../shared/control/keys.js';

const KEY: ApiKey = {
  ...{ id: 'k', hash: Buffer.alloc(0), tenantId: 't', scopes: ['read'], name: '', createdAt: 0 },
  ...{ expiresAt: null, revokedAt: null, mac: Buffer.alloc(0) },
};

const keys = (number: number, state: KeyState): ListedKey[] =>
  Array.from({ length: number }, () => ({ key: KEY, state }));

it('a tenant has 1,000 keys in force, and 10,000 with those that have ended', () => {
  const refused = (bound: string) => (error: unknown) =>
    error instanceof HttpProblem && error.status === 409 && error.message.includes(`allowed are ${bound}`);
  checkRoomForKey([...keys(999, 'in force'), ...keys(9_000, 'revoked')]);
  assert.throws(() => checkRoomForKey(keys(1_000, 'in force')), refused('1000'));
  assert.throws(() => checkRoomForKey([...keys(1, 'in force'), ...keys(9_999, 'expired')]), refused('10000'));
});
