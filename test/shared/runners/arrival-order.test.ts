import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { joinBatches } from '../../../shared/core/join-batches.js';
import { ArrivalOrder } from '../../../shared/runners/arrival-order.js';
import { QUANTUM } from '../../../shared/runners/fair-turns.js';
import { FetchBuffer } from '../../../shared/runners/fetch-buffer.js';

const NEVER = new AbortController().signal;
const SLACK_MS = 1_000;

/** A partition's log: a batch of one record for each time. */
function partition(number: number, times: readonly number[]) {
  const buffer = new FetchBuffer('x', number, 0, { onRoom: () => {}, maxAnswerAgeMs: 1_000 });
  let fetched = 0;
  /** An answer with one batch more, or an empty one. */
  const answer = () => {
    const some = times.slice(fetched, fetched + 1);
    const records = some.map((timestamp) => ({ value: null, timestamp }));
    const batch = arrayBatch({ topic: 'x', records, baseOffset: fetched });
    fetched += some.length;
    buffer.deliver({ ...batch, atEnd: fetched === times.length }, times.length, times.length);
  };
  const room = () => buffer.hasRoom() && fetched < times.length;
  return { buffer, answer, room, times };
}

describe('the order of arrival', () => {
  function setUp(...logs: (readonly number[])[]) {
    let now = 0;
    const order = new ArrivalOrder({ monotonicMs: () => now });
    const partitions = logs.map((times, i) => partition(i, times));
    for (const { buffer } of partitions) order.add(buffer);
    /** The time of what it gets without waiting. */
    const taken = async (buffer: FetchBuffer) => (await order.next(buffer, 0, NEVER))?.timestamp(0) ?? null;
    return { order, partitions, taken, pass: (ms: number) => (now += ms) } as const;
  }

  it('lets a partition go on up to a second ahead of the others, and no further', async () => {
    const { partitions, taken } = setUp([0, 1_000, 1_001], [0, 1, 5_000]);
    const [a, b] = partitions.map(({ buffer }) => buffer) as [FetchBuffer, FetchBuffer];
    for (const { answer } of partitions) for (let i = 0; i < 3; i++) answer();
    assert.deepEqual([await taken(a), await taken(a), await taken(a)], [0, 1_000, null]);
    assert.deepEqual([await taken(b), await taken(a)], [0, 1_001]);
    assert.deepEqual([await taken(b), await taken(b)], [1, 5_000], 'the other one is read to its end');
  });

  it('splits a batch that goes on for long, where another partition has records in between', async () => {
    const { partitions, order } = setUp([0, 900, 2_000, 3_000], [1_500]);
    const [a, b] = partitions as [(typeof partitions)[0], (typeof partitions)[0]];
    const segments = a.times.map((timestamp, i) =>
      arrayBatch({ topic: 'x', baseOffset: i, records: [{ value: null, timestamp }] }),
    );
    a.buffer.deliver(joinBatches(segments), 4, 4);
    b.answer();
    const taken = async ({ buffer }: typeof a) => (await order.next(buffer, 0, NEVER))?.length ?? null;
    assert.deepEqual([await taken(a), await taken(a), await taken(b), await taken(a)], [3, null, 1, 1]);
  });

  it('goes on as soon as its turn has come', async () => {
    const { order, partitions, taken } = setUp([9_000], [0, 8_500]);
    const [a, b] = partitions.map(({ buffer }) => buffer) as [FetchBuffer, FetchBuffer];
    for (const { answer } of partitions) for (let i = 0; i < 2; i++) answer();
    const turn = order.next(a, 60_000, NEVER);
    assert.equal(await taken(b), 0);
    const [first] = await Promise.all([turn, order.next(b, 60_000, NEVER)]);
    assert.equal(first?.timestamp(0), 9_000);
  });

  it('waits for the first answer of a partition, and for the next one of a partition that is behind, a second at most', async () => {
    const { partitions, taken, pass } = setUp([5_000, 9_000, 15_000], [0, 8_000]);
    const [one, other] = partitions as [(typeof partitions)[0], (typeof partitions)[0]];
    for (let i = 0; i < 3; i++) one.answer();
    assert.equal(await taken(one.buffer), null);
    pass(1_001);
    assert.equal(await taken(one.buffer), 5_000, 'it does not answer');
    other.answer();
    assert.equal(await taken(one.buffer), null);
    assert.equal(await taken(other.buffer), 0);
    assert.equal(await taken(one.buffer), null, 'there is more in the log, from whenever');
    pass(900);
    assert.equal(await taken(one.buffer), null);
    pass(101);
    assert.equal(await taken(one.buffer), 9_000);
    other.answer();
    assert.equal(await taken(one.buffer), null);
    assert.equal(await taken(other.buffer), 8_000);
    assert.equal(await taken(one.buffer), 15_000);
  });

  it('waits for no partition that holds records and does not take them, as one whose schema cannot be had', async () => {
    const { partitions, taken, pass } = setUp([9_000], [0, 1]);
    const [one, other] = partitions as [(typeof partitions)[0], (typeof partitions)[0]];
    for (const { answer } of partitions) answer();
    assert.equal(await taken(one.buffer), null);
    pass(5_001);
    assert.equal(await taken(one.buffer), 9_000);
    assert.equal(other.buffer.nextTime, 0);
  });

  it('does not take one that waits for its turn for long for one that is held up', async () => {
    const { partitions, taken, pass } = setUp([9_000], [0, 1, 2, 3, 4, 5, 6, 8_000, 20_000]);
    const [one, other] = partitions as [(typeof partitions)[0], (typeof partitions)[0]];
    one.answer();
    for (const time of other.times.slice(0, -2)) {
      if (other.room()) other.answer();
      assert.equal(await taken(one.buffer), null);
      assert.equal(await taken(other.buffer), time);
      pass(1_000);
    }
    for (let i = 0; i < 2; i++) other.answer();
    assert.equal(await taken(other.buffer), 8_000);
    assert.equal(await taken(other.buffer), null);
    assert.equal(await taken(one.buffer), 9_000);
    assert.equal(await taken(other.buffer), 20_000);
  });

  it('waits neither for a partition that is gone nor for one that is not added yet', async () => {
    const { order, partitions, taken } = setUp([9_000], [0]);
    const [a, b] = partitions.map(({ buffer }) => buffer) as [FetchBuffer, FetchBuffer];
    for (const { answer } of partitions) answer();
    const replaying = partition(2, [3]);
    replaying.answer();
    const turn = order.next(a, 60_000, NEVER);
    assert.equal(await taken(replaying.buffer), 3);
    await new Promise((resolve) => setImmediate(resolve));
    order.remove(b);
    assert.equal((await turn)?.timestamp(0), 9_000);
  });

  it('waits for nobody where a partition may be ahead of the others without a bound', async () => {
    const order = new ArrivalOrder({ leadMs: Number.POSITIVE_INFINITY });
    const [some, unanswered] = [partition(0, [5_000, 9_000]), partition(1, [0])];
    for (const { buffer } of [some, unanswered]) order.add(buffer);
    for (let i = 0; i < 2; i++) some.answer();
    assert.equal((await order.next(some.buffer, 0, NEVER))?.timestamp(0), 5_000);
  });

  it('lets partitions with much to read take turns, and one with little go first', async () => {
    const order = new ArrivalOrder({ leadMs: 10_000 });
    const [heavy, other, quiet] = [0, 1, 2].map(
      (number) => new FetchBuffer('x', number, 0, { onRoom: () => {}, maxAnswerAgeMs: 1_000 }),
    ) as [FetchBuffer, FetchBuffer, FetchBuffer];
    const fill = (buffer: FetchBuffer, count: number, timestamp: number) => {
      const records = Array.from({ length: count }, () => ({ value: null, timestamp }));
      buffer.deliver(arrayBatch({ topic: 'x', records }), count, count);
    };
    for (const buffer of [heavy, other, quiet]) order.add(buffer);
    order.claim(other, { weight: 2, priority: 0 });
    fill(quiet, 0, 0);
    fill(heavy, 3 * QUANTUM, 0);
    fill(other, 3 * QUANTUM, 0);
    const taken: string[] = [];
    const run = async (buffer: FetchBuffer, name: string) => {
      for (;;) {
        const batch = await order.next(buffer, 60_000, done.signal);
        if (done.signal.aborted) return;
        if (batch === null) continue;
        taken.push(`${name} ${batch.length / QUANTUM}`);
        // It comes while a turn is processed.
        if (taken.length === 1) fill(quiet, QUANTUM / 2, 5_000);
        if (taken.length === 5) done.abort();
      }
    };
    const done = new AbortController();
    await Promise.all([run(heavy, 'heavy'), run(other, 'other'), run(quiet, 'quiet')]);
    assert.deepEqual(taken.toSorted(), ['heavy 1', 'heavy 1', 'other 1', 'other 2', 'quiet 0.5']);
    assert.ok(taken.indexOf('quiet 0.5') <= 2, taken.join());
  });

  it('lets those of a higher priority go first, until they are as far ahead as they may be', async () => {
    const { order, partitions, taken } = setUp([0, 500, 900, 3_000], [0, 1_500, 1_600, 1_700]);
    const [a, b] = partitions.map(({ buffer }) => buffer) as [FetchBuffer, FetchBuffer];
    order.claim(a, { weight: 1, priority: 1 });
    for (const { answer } of partitions) for (let i = 0; i < 3; i++) answer();
    const low = order.next(b, 60_000, NEVER);
    const high = [await taken(a), await taken(a), await taken(a)];
    assert.deepEqual(high, [0, 500, 900]);
    partitions[0]?.answer();
    assert.equal(await taken(a), null, 'it would be 3 s ahead');
    assert.equal((await low)?.timestamp(0), 0);
  });

  it('gives up when it is aborted, and when the time is over', async () => {
    const { order, partitions } = setUp([9_000], [0]);
    for (const { answer } of partitions) answer();
    const { buffer } = partitions[0] as (typeof partitions)[0];
    const abort = new AbortController();
    const waiting = order.next(buffer, 60_000, abort.signal);
    setImmediate(() => abort.abort());
    assert.equal(await waiting, null);
    assert.equal(await order.next(buffer, 60_000, abort.signal), null);
    assert.equal(await order.next(buffer, 5, NEVER), null);
    assert.equal(buffer.nextTime, 9_000, 'it still waits');
  });

  it('keeps partitions together, however they are fetched, and all come to their end', async () => {
    const log = fc.array(fc.nat({ max: 4_000 }), { maxLength: 25 }).map((gaps) => {
      let at = 0;
      return gaps.map((gap) => {
        at += gap;
        return at;
      });
    });
    const logs = fc.array(log, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(logs, fc.infiniteStream(fc.nat({ max: 99 })), async (all, chance) => {
        const { order, partitions } = setUp(...all);
        let open = partitions.length;
        const next = () => chance.next().value as number;
        const turns = async (most: number) => {
          for (let left = next() % most; left > 0; left--)
            await new Promise((resolve) => setImmediate(resolve));
        };
        const passed = partitions.map(() => -1);
        const fetching = async () => {
          while (open > 0) {
            await turns(4);
            for (const { room, answer, times } of partitions)
              if ((room() || times.length === 0) && next() % 2 === 0) answer();
          }
        };
        const run = async (i: number) => {
          const { buffer, times } = partitions[i] as (typeof partitions)[0];
          for (let left = times.length; left > 0; ) {
            const batch = await order.next(buffer, 1_000, NEVER);
            if (batch === null) continue;
            const time = batch.timestamp(0);
            // All others have their next record, wherever it is, no more than the slack before this one.
            for (const [j, other] of partitions.entries()) {
              const theirs = other.times[(passed[j] as number) + 1];
              if (j !== i && theirs !== undefined && other.buffer.answered)
                assert.ok(
                  time <= theirs + SLACK_MS || time <= (other.times[passed[j] as number] ?? 0) + SLACK_MS,
                );
            }
            passed[i] = (passed[i] as number) + 1;
            left -= 1;
            await turns(3);
          }
          order.remove(buffer);
          open -= 1;
        };
        await Promise.all([fetching(), ...partitions.map((_, i) => run(i))]);
      }),
      { numRuns: 200 },
    );
  });
});
