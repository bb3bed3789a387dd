import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CommitBacklog } from '../../../shared/runners/commit-backlog.js';
import type { OpenPartition } from '../../../shared/runners/open-partition.js';

const PARTITIONS = 3;

interface Step {
  readonly of: number;
  readonly bytes: number;
  readonly records: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  of: fc.nat(PARTITIONS - 1),
  // A change of a key that had a longer one takes bytes away.
  bytes: fc.integer({ min: -5, max: 50 }),
  records: fc.nat(2),
});
const cut = fc.record({ cut: fc.nat(PARTITIONS - 1) });
const join = fc.record({ join: fc.nat(PARTITIONS - 1) });
const leave = fc.record({ leave: fc.nat(PARTITIONS - 1) });
const toggle = fc.record({ toggle: fc.nat(PARTITIONS - 1) });

describe('the backlog of commits', () => {
  it('is what all open partitions have that count, whatever they do', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(step, cut, join, leave, toggle), { maxLength: 40 }), (actions) => {
        const nothing = () => ({ bytes: 0, records: 0, since: null as number | null, hasOutput: false });
        const partitions = Array.from({ length: PARTITIONS }, () => ({ pending: nothing() }));
        const at = (index: number) => partitions[index] as unknown as OpenPartition;
        const open = new Set([at(0)]);
        const leftOut = new Set<OpenPartition>();
        const backlog = new CommitBacklog(open, (partition) => !leftOut.has(partition));
        for (const [now, action] of actions.entries()) {
          if ('of' in action) {
            const { pending } = partitions[action.of] as (typeof partitions)[0];
            pending.bytes += action.bytes;
            pending.records += action.records;
            pending.since ??= now;
            pending.hasOutput ||= action.records > 0;
            if (open.has(at(action.of))) backlog.grew(at(action.of));
          } else {
            if ('cut' in action) (partitions[action.cut] as (typeof partitions)[0]).pending = nothing();
            else if ('join' in action) open.add(at(action.join));
            else if ('leave' in action) open.delete(at(action.leave));
            else if (!leftOut.delete(at(action.toggle))) leftOut.add(at(action.toggle));
            backlog.changed();
          }
          const all = [...open].filter((one) => !leftOut.has(one)).map(({ pending }) => pending);
          const times = all.map(({ since }) => since).filter((since) => since !== null);
          assert.deepEqual(backlog.totals, {
            bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
            records: all.reduce((sum, { records }) => sum + records, 0),
            since: times.length === 0 ? null : Math.min(...times),
            hasOutput: all.some(({ hasOutput }) => hasOutput),
          });
        }
      }),
    );
  });
});
