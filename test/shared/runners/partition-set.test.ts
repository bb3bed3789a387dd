import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PartitionSet } from '../../../shared/runners/partition-set.js';
import { until } from '../../support/until.js';

const partitions = (...numbers: number[]) => numbers.map((partition) => ({ topic: 'in', partition }));

/** Loops that end when the test lets them, and a log of when they began and were revoked. */
function setUp() {
  const events: string[] = [];
  let draining: Promise<void> = Promise.resolve();
  const set = new PartitionSet(async ({ partition }, revoked) => {
    events.push(`${partition} begins`);
    await new Promise((resolve) => revoked.addEventListener('abort', resolve, { once: true }));
    events.push(`${partition} is revoked`);
    await draining;
  });
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    draining = promise;
    return resolve;
  };
  const seen = async (...expected: string[]) => {
    await until(expected.join(), () => events.length >= expected.length);
    assert.deepEqual(events.splice(0), expected);
  };
  return { set, hold, seen, events };
}

describe('the partitions of a worker', () => {
  it('go on over a rebalance, but for those that are gone', async (t) => {
    const { set, seen } = setUp();
    t.after(() => set.stop());
    set.assign(partitions(0, 1), false);
    await seen('0 begins', '1 begins');
    set.assign(partitions(0, 2), true);
    await seen('1 is revoked', '2 begins');
  });

  it('are all opened anew after a generation without this worker, each after its old loop has ended', async (t) => {
    const { set, hold, seen, events } = setUp();
    t.after(() => set.stop());
    set.assign(partitions(0, 1), false);
    await seen('0 begins', '1 begins');
    const release = hold();
    set.assign(partitions(0, 1), false);
    await seen('0 is revoked', '1 is revoked');
    assert.deepEqual(events, []);
    release();
    await seen('0 begins', '1 begins');
  });

  it('are not started for an assignment that has been overtaken meanwhile', async (t) => {
    const { set, hold, seen } = setUp();
    t.after(() => set.stop());
    set.assign(partitions(0), false);
    await seen('0 begins');
    const release = hold();
    for (const keep of [false, true, false]) set.assign(partitions(0), keep);
    set.assign(partitions(1), true);
    await seen('0 is revoked', '1 begins');
    release();
    set.assign(partitions(1, 2), true);
    await seen('2 begins');
  });

  it('are not started when the worker has been stopped', async () => {
    const { set, seen, events } = setUp();
    set.assign(partitions(0), false);
    await seen('0 begins');
    const stopped = set.stop();
    set.assign(partitions(0, 1), false);
    await stopped;
    set.assign(partitions(0, 1), false);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(events, ['0 is revoked']);
  });
});
