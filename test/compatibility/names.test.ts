import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PRESENT, readFixture } from './fixtures.js';
import { names } from './names.js';

describe('the names of things', async () => {
  const pinned = readFixture<Record<string, unknown>>(PRESENT, 'names');
  const found = await names();

  it('are all of those that were written', () => {
    assert.deepEqual(Object.keys(found), Object.keys(pinned));
  });

  for (const [what, name] of Object.entries(pinned))
    it(`stay as they were: ${what}`, () => {
      assert.deepEqual(JSON.parse(JSON.stringify(found[what])), name);
    });
});
