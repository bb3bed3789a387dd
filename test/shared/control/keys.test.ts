import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ApiKey } from '../../../schemas/types.js';
import { createKey, listKeys, listKeysOf, revokeKey } from '../../../shared/control/keys.js';
import { controlInMemory } from '../../support/control-in-memory.js';

it('keys of one tenant are found without a look into the records of others', async () => {
  const { access, latest } = controlInMemory(1_000, {
    TACTUS_KEYS_SECRET: 'a secret of the installation, for tests',
  });
  const make = async (tenant: string) =>
    (await createKey(access, { tenant, scopes: ['read'], name: '', expires: null })).key;
  const [own, other] = [await make('own'), await make('other')];
  const unread: ApiKey = {
    ...other,
    get hash(): Buffer {
      throw new Error('its MAC was computed');
    },
  };
  latest('control.keys').set(other.id, unread);
  // What a test looks for can be seen at all.
  await assert.rejects(listKeys(access), /MAC was computed/);
  assert.deepEqual(await listKeysOf(access, 'own'), [{ key: own, state: 'in force' }]);
  assert.equal((await revokeKey(access, own.id))?.revokedAt, 1_000);
  assert.equal(await revokeKey(access, own.id), null, 'it is in force no more');
  assert.deepEqual(
    (await listKeysOf(access, 'own')).map(({ state }) => state),
    ['revoked'],
  );
  assert.deepEqual(await listKeysOf(access, 'none'), []);
});
