import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exchanged } from './exchanged.js';
import { PRESENT, readFixture } from './fixtures.js';

describe('what workers of two builds exchange', async () => {
  const pinned = readFixture<Record<string, unknown>>(PRESENT, 'exchanged');
  const found = await exchanged();

  it('is all that was written', () => {
    assert.deepEqual(Object.keys(found), Object.keys(pinned));
  });

  for (const [what, written] of Object.entries(pinned))
    it(`stays as it was: ${what}`, () => {
      assert.deepEqual(JSON.parse(JSON.stringify(found[what])), written);
    });
});
