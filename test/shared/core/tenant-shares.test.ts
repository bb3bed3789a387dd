import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SharedRoom } from '../../../shared/core/tenant-shares.js';

describe('SharedRoom', () => {
  it('holds no more than there is room for, of one tenant no more than its share, and refuses nothing else', () => {
    const steps = fc.array(
      fc.record({ tenant: fc.constantFrom('a', 'a', 'a', 'b', 'c'), leaves: fc.boolean() }),
      {
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), (all, max) => {
        const room = new SharedRoom(max);
        const held: string[] = [];
        const countOf = (tenant: string) => held.filter((each) => each === tenant).length;
        for (const { tenant, leaves } of all) {
          if (leaves) {
            const at = held.indexOf(tenant);
            if (at < 0) continue;
            held.splice(at, 1);
            if (room.counting) room.removed(tenant, held.length);
            continue;
          }
          const expected =
            held.length >= max ? 'full' : countOf(tenant) >= Math.ceil(max * 0.8) ? 'share' : null;
          assert.equal(
            room.refuses(tenant, held.length, () => held),
            expected,
          );
          if (expected !== null) continue;
          held.push(tenant);
          if (room.counting) room.added(tenant);
        }
      }),
    );
  });
});
