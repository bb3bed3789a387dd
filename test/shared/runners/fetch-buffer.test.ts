import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { joinBatches } from '../../../shared/core/join-batches.js';
import { FetchBuffer } from '../../../shared/runners/fetch-buffer.js';
import { until } from '../../support/until.js';

const NEVER = new AbortController().signal;

describe('the buffer of a partition', () => {
  const buffer = () => new FetchBuffer('x.metrics', 0, 0, { onRoom: () => {}, maxAnswerAgeMs: 1_000 });
  const records = (from: number, count: number) =>
    arrayBatch({
      topic: 'x.metrics',
      baseOffset: from,
      records: Array.from({ length: count }, () => ({ value: null })),
    });

  it('is behind while committed records are left, here or in the log, and not for those of an open transaction', async () => {
    const one = buffer();
    assert.equal(one.behind, false, 'nothing is known yet');
    one.deliver(records(0, 10), 30, 20);
    assert.equal(one.behind, true);
    await one.next(1_000, NEVER);
    assert.equal(one.behind, true, 'ten more can be read');
    one.deliver(records(10, 10), 30, 20);
    await one.next(1_000, NEVER);
    assert.equal(one.behind, false, 'the last ten are not committed');
    assert.equal(one.end, 30);
  });

  it('lets whoever delivers go on before the records are processed', async () => {
    const one = buffer();
    const order: string[] = [];
    const processed = one.next(10_000, NEVER).then((batch) => order.push(`${batch?.length} processed`));
    const deliver = async () => {
      one.deliver(records(0, 3), 3, 3);
      // What comes before the next request is sent: some promises, none of which waits for a server.
      for (let i = 0; i < 50; i++) await Promise.resolve();
      order.push('asked for more');
    };
    await Promise.all([deliver(), processed]);
    assert.deepEqual(order, ['asked for more', '3 processed']);
  });

  it('knows by which leader what was taken was written, a part of a batch and markers alone included', async () => {
    const one = buffer();
    const of = (leaderEpoch: number, from: number, count: number) => ({
      ...records(from, count),
      leaderEpoch,
    });
    const later = arrayBatch({ topic: 'x.metrics', baseOffset: 1, records: [{ value: null, timestamp: 9 }] });
    one.deliver({ ...joinBatches([records(0, 1), later]), leaderEpoch: 4 }, 9, 9);
    assert.equal(one.leaderEpoch, undefined);
    assert.equal(one.takeUpTo(5)?.length, 1);
    assert.equal(one.leaderEpoch, 4, 'not one before that of any record that was taken');
    one.takeUpTo(9);
    one.deliver({ ...of(6, 2, 0), nextOffset: 4 }, 9, 9);
    one.takeUpTo(9);
    assert.equal(one.leaderEpoch, 6);
  });

  const ago = (monotonic: number, wall = monotonic) => ({
    monotonic: performance.now() - monotonic,
    wall: Date.now() - wall,
  });

  it('knows the end of the log as of when the fetch was sent, not as of when its answer was read', () => {
    const one = buffer();
    one.deliver(records(0, 0), 0, 0, ago(400));
    assert.equal(one.caughtUp, true);
    const { atEnd, readAt = 0 } = one.tick('metrics');
    assert.equal(atEnd, true);
    assert.ok(readAt <= Date.now() - 400 && readAt > Date.now() - 1_000, `${Date.now() - readAt} ms ago`);
    // The process stood still with the answer unread.
    one.deliver(records(0, 0), 0, 0, ago(1_000));
    assert.equal(one.caughtUp, false);
    const late = one.tick('metrics');
    assert.deepEqual([late.atEnd, late.readAt], [false, undefined]);
  });

  it('believes the clock that says more: one stands still in a suspended machine, the other may be set back', () => {
    for (const [sentAt, readsEnd] of [
      [ago(100, 3_600_000), false],
      [ago(3_600_000, 100), false],
      [ago(100, -3_600_000), true],
    ] as const) {
      const one = buffer();
      one.deliver(records(0, 0), 0, 0, sentAt);
      const { readAt } = one.tick('metrics');
      assert.equal(readAt !== undefined, readsEnd);
      assert.ok(readAt === undefined || readAt <= Date.now() - 100);
    }
  });

  it('measures how long the broker is silent from its last answer', () => {
    const one = buffer();
    one.deliver(records(0, 0), 0, 0, ago(5_000));
    assert.ok(one.silentMs < 4_000);
  });

  it('knows no end before an answer, behind records that nobody has taken, and when more is in the log', async () => {
    const one = buffer();
    assert.deepEqual([one.caughtUp, one.tick('metrics').readAt], [false, undefined]);
    one.deliver(records(0, 2), 2, 2);
    assert.deepEqual([one.caughtUp, one.tick('metrics').readAt], [false, undefined]);
    await one.next(1_000, NEVER);
    assert.ok(one.caughtUp && one.tick('metrics').readAt !== undefined);
    one.deliver({ ...records(2, 0), atEnd: false }, 9, 9);
    assert.deepEqual([one.caughtUp, one.tick('metrics').readAt], [false, undefined]);
  });

  it('gives markers of transactions as a tick, which may be long after they were fetched', async () => {
    for (const [age, isFresh] of [
      [100, true],
      [5_000, false],
    ] as const) {
      const one = buffer();
      one.deliver(records(0, 2), 2, 2);
      let freed = 0;
      const markers = { ...records(2, 0), nextOffset: 3, atEnd: true, recycle: () => (freed += 1) };
      one.deliver(markers, 3, 3, ago(age));
      assert.equal((await one.next(1_000, NEVER))?.length, 2);
      const tick = await one.next(1_000, NEVER);
      assert.deepEqual([tick?.nextOffset, tick?.atEnd, freed], [3, isFresh, 1]);
      assert.ok(isFresh ? (tick?.readAt ?? 0) <= Date.now() - age : tick?.readAt === undefined);
    }
  });

  it('is fresh while what was taken last was fetched a short time ago, be it records or a tick at the end', async () => {
    const one = buffer();
    assert.equal(one.fresh, false);
    one.deliver(records(0, 1), 1, 1, ago(5_000));
    one.deliver(records(1, 1), 2, 2, ago(400));
    assert.equal(one.fresh, false, 'nothing was taken');
    await one.next(1_000, NEVER);
    assert.equal(one.fresh, false, 'it is behind by five seconds');
    one.tick('metrics');
    assert.equal(one.fresh, false, 'there is one more');
    await one.next(1_000, NEVER);
    assert.equal(one.fresh, true);
    await until('it to be held up', () => !one.fresh);
    one.deliver(records(2, 0), 2, 2);
    assert.equal(one.fresh, false, 'nobody has looked');
    one.tick('metrics');
    assert.equal(one.fresh, true);
  });

  it('says when the log took in the first record that waits', async () => {
    const one = buffer();
    const at = (from: number, timestamp: number) =>
      arrayBatch({ topic: 'x.metrics', baseOffset: from, records: [{ value: null, timestamp }] });
    assert.equal(one.nextTime, null);
    // Nothing but the marker of a transaction.
    one.deliver({ ...records(0, 0), nextOffset: 1 }, 3, 3);
    assert.equal(one.nextTime, null);
    one.deliver(at(1, 500), 3, 3);
    one.deliver(at(2, 700), 3, 3);
    assert.equal(one.nextTime, 500);
    await one.next(1_000, NEVER);
    assert.equal(one.nextTime, 500);
    await one.next(1_000, NEVER);
    assert.equal(one.nextTime, 700);
    await one.next(1_000, NEVER);
    assert.equal(one.nextTime, null);
  });

  it('gives of a batch the segments that begin by a time, at least the first, and the rest later', () => {
    const at = (from: number, timestamp: number) =>
      arrayBatch({
        topic: 'x.metrics',
        baseOffset: from,
        records: Array(2).fill({ value: null, timestamp }),
      });
    const one = buffer();
    assert.equal(one.takeUpTo(1_000), null);
    one.deliver(joinBatches([at(0, 500), at(2, 700), at(4, 900)]), 6, 6);
    const taken = (latest: number) => {
      const batch = one.takeUpTo(latest);
      return batch && [batch.offset(0), batch.nextOffset, batch.atEnd];
    };
    assert.deepEqual(taken(400), [0, 2, false]);
    assert.deepEqual([one.nextTime, one.behind, one.caughtUp], [700, true, false]);
    assert.deepEqual(taken(900), [2, 6, true]);
    assert.deepEqual([one.nextTime, one.behind, one.caughtUp], [null, false, true]);
  });

  it('wants no more when three answers wait', () => {
    const one = buffer();
    for (let i = 0; i < 3; i++) {
      assert.equal(one.hasRoom(), true);
      one.deliver(records(i, 1), 3, 3);
    }
    assert.equal(one.hasRoom(), false);
  });
});
