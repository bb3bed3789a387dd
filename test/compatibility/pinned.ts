import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PRESENT, readFixture } from './fixtures.js';

/** Compares what is made now, each under a name, with the fixture that an earlier build has written. */
export function describePinned(
  title: string,
  fixture: string,
  make: () => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>,
): void {
  describe(title, async () => {
    const pinned = readFixture<Record<string, unknown>>(PRESENT, fixture);
    const found = await make();

    it('is all that was written', () => {
      assert.deepEqual(Object.keys(found), Object.keys(pinned));
    });

    for (const [what, written] of Object.entries(pinned))
      it(`stays as it was: ${what}`, () => {
        assert.deepEqual(JSON.parse(JSON.stringify(found[what])), written);
      });
  });
}
