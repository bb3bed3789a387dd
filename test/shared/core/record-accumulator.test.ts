import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { joinBatches, piecesOf, sliceBatch, splitBatch } from '../../../shared/core/join-batches.js';
import { flushBySizeOrTime, RecordAccumulator } from '../../../shared/core/record-accumulator.js';
import { PLACES, type RecordBatch, VALUE_LENGTH, VALUE_START } from '../../../shared/core/record-batch.js';

/** Batches of these lengths, one after the other, with a gap of one offset behind each. */
function run(lengths: readonly number[]): RecordBatch[] {
  let next = 100;
  return lengths.map((length) => {
    const baseOffset = next;
    next += length + 1;
    const records = Array.from({ length }, (_, i) => ({
      key: `k${baseOffset + i}`,
      value: Buffer.from(`value ${baseOffset + i}`),
      timestamp: 1_000 + baseOffset + i,
      headers: { h: Buffer.from(`${baseOffset + i}`) },
    }));
    return { ...arrayBatch({ topic: 't', records, baseOffset }), nextOffset: next };
  });
}

/** Every record as the accessors return it, compared with the segments. */
function recordsOf(batch: RecordBatch): string[] {
  const fromSegments = batch.segments.flatMap(({ bytes, length, offsets, places }) =>
    Array.from({ length }, (_, i) => {
      const start = places[i * PLACES + VALUE_START] as number;
      return `${offsets[i]} ${bytes.toString('utf8', start, start + (places[i * PLACES + VALUE_LENGTH] as number))}`;
    }),
  );
  return Array.from({ length: batch.length }, (_, i) => {
    const text = `${batch.offset(i)} ${batch.value(i)}`;
    assert.equal(fromSegments[i], text);
    return `${text} ${batch.key(i)} ${batch.timestamp(i)} ${batch.headers(i).h}`;
  });
}

const lengths = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 });

describe('joined batches', () => {
  it('hold the same records in order, and end where the last one ends', () => {
    fc.assert(
      fc.property(lengths, (all) => {
        const batches = run(all);
        const joined = joinBatches(batches);
        assert.deepEqual(recordsOf(joined), batches.flatMap(recordsOf));
        assert.equal(joined.nextOffset, batches.at(-1)?.nextOffset);
        assert.throws(() => joined.value(joined.length), RangeError);
        assert.throws(() => joined.value(-1), RangeError);
      }),
    );
  });

  it('can be split between two segments, again and again, and free their memory once when all parts are done with', () => {
    const some = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.boolean()), (all, more) => {
        const calls: string[] = [];
        const whole: RecordBatch = {
          ...joinBatches(run(all)),
          ...{ release: () => calls.push('release'), recycle: () => calls.push('recycle') },
        };
        const parts: RecordBatch[] = [];
        let rest = whole;
        while (rest.segments.length > 1 && more.next().value) {
          const [part, others] = splitBatch(rest, rest.segments[0]?.length ?? 0);
          assert.deepEqual([part.atEnd, part.nextOffset], [false, others.offset(0)]);
          parts.push(part);
          rest = others;
        }
        parts.push(rest);
        assert.deepEqual(parts.flatMap(recordsOf), recordsOf(whole));
        assert.deepEqual([rest.nextOffset, rest.atEnd], [whole.nextOffset, whole.atEnd]);
        for (const part of parts) {
          assert.deepEqual(calls, []);
          part.release?.();
        }
        assert.deepEqual(calls.splice(0), ['release']);
        for (const part of parts.reverse()) {
          assert.deepEqual(calls, []);
          part.recycle?.();
        }
        assert.deepEqual(calls, ['recycle']);
      }),
    );
  });

  it('can be split before all of its records, also one of a class of its own', () => {
    class Fetched {
      constructor(private readonly batch: RecordBatch) {}
      readonly topic = 't';
      readonly partition = 0;
      get length(): number {
        return this.batch.length;
      }
      get nextOffset(): number {
        return this.batch.nextOffset;
      }
      get atEnd(): boolean {
        return this.batch.atEnd;
      }
      get segments() {
        return this.batch.segments;
      }
      offset(index: number): number {
        return this.batch.offset(index);
      }
      timestamp(index: number): number {
        return this.batch.timestamp(index);
      }
      key(index: number): Buffer | null {
        return this.batch.key(index);
      }
      value(index: number): Buffer | null {
        return this.batch.value(index);
      }
      headers(index: number): Readonly<Record<string, Buffer>> {
        return this.batch.headers(index);
      }
    }
    const whole = joinBatches(run([2, 3]));
    const [none, all] = splitBatch(new Fetched(whole), 0);
    assert.deepEqual([none.length, none.nextOffset, none.atEnd], [0, whole.offset(0), false]);
    assert.deepEqual(recordsOf(all), recordsOf(whole));
    assert.deepEqual([all.nextOffset, all.atEnd], [whole.nextOffset, whole.atEnd]);
  });

  it('come in pieces of at most so many records, which free their memory once when all are done with', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 9 }), (all, most) => {
        const calls: string[] = [];
        const whole: RecordBatch = {
          ...joinBatches(run(all)),
          ...{ release: () => calls.push('release'), recycle: () => calls.push('recycle') },
        };
        const pieces = piecesOf(whole, most);
        assert.deepEqual(pieces.flatMap(recordsOf), recordsOf(whole));
        for (const [i, piece] of pieces.entries()) {
          assert.ok(piece.length <= most);
          const after = pieces[i + 1];
          assert.equal(piece.nextOffset, after?.offset(0) ?? whole.nextOffset);
          assert.equal(piece.atEnd, after === undefined && whole.atEnd);
          assert.deepEqual(calls, []);
          piece.release?.();
        }
        assert.deepEqual(calls.splice(0), ['release']);
        for (const piece of pieces) {
          assert.deepEqual(calls, []);
          piece.recycle?.();
        }
        assert.deepEqual(calls, ['recycle']);
      }),
    );
  });

  it('can be cut anywhere: the parts follow one another without a gap', () => {
    fc.assert(
      fc.property(lengths, fc.nat(50), fc.nat(50), (all, a, b) => {
        const joined = joinBatches(run(all));
        const [from, to] = [a % (joined.length + 1), b % (joined.length + 1)].sort((x, y) => x - y) as [
          number,
          number,
        ];
        const parts = [
          sliceBatch(joined, 0, from),
          sliceBatch(joined, from, to),
          sliceBatch(joined, to, joined.length),
        ];
        assert.deepEqual(parts.flatMap(recordsOf), recordsOf(joined));
        for (const [i, part] of parts.entries()) {
          const after = parts.slice(i + 1).find(({ length }) => length > 0);
          assert.equal(part.nextOffset, after === undefined ? joined.nextOffset : after.offset(0));
        }
      }),
    );
  });
});

describe('a record accumulator', () => {
  const limits = { maxRecords: 10, maxBytes: 1_000, lingerMs: 50 };

  it('gives every record once and in order, in batches within the limit', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 7 }), fc.nat(60), (all, maxRecords, wait) => {
        const batches = run(all);
        const accumulator = new RecordAccumulator(flushBySizeOrTime({ ...limits, maxRecords }));
        const given: RecordBatch[] = [];
        let now = 0;
        const drain = () => {
          for (let next = accumulator.drain(now, true); next !== null; next = accumulator.drain(now, true))
            given.push(next);
        };
        for (const batch of batches) {
          accumulator.add(batch, now);
          drain();
          now += wait;
        }
        for (let i = 0; i <= 50 && !accumulator.empty; i++) {
          now += 50;
          drain();
        }
        assert.deepEqual(given.flatMap(recordsOf), batches.flatMap(recordsOf));
        assert.ok(given.every(({ length }) => length <= maxRecords));
        assert.equal(given.at(-1)?.nextOffset, batches.at(-1)?.nextOffset);
      }),
    );
  });

  it('holds on to nothing that it has given, though there is always a record left', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const accumulator = new RecordAccumulator(({ batch }) => batch.length - 1);
    const given: WeakRef<RecordBatch>[] = [];
    for (const batch of run(Array.from({ length: 1_000 }, () => 2))) {
      given.push(new WeakRef(batch));
      accumulator.add(batch, 0);
      const drained = accumulator.drain(0, false);
      assert.equal(drained?.offset(0), batch.offset(0) - (given.length === 1 ? 0 : 2));
    }
    await setImmediate();
    collect();
    assert.ok(given.filter((batch) => batch.deref() !== undefined).length < 10);
    assert.ok(!accumulator.empty);
  });

  it('gives a large batch one by one', () => {
    const accumulator = new RecordAccumulator(() => 1);
    const [batch] = run([20_000]) as [RecordBatch];
    accumulator.add(batch, 0);
    for (let i = 0; i < batch.length; i++) assert.equal(accumulator.drain(0, false)?.offset(0), 100 + i);
    assert.ok(accumulator.empty);
  });

  it('waits for more until the first record has waited for long enough', () => {
    const accumulator = new RecordAccumulator(flushBySizeOrTime(limits));
    const [a, b] = run([2, 3]) as [RecordBatch, RecordBatch];
    accumulator.add(a, 1_000);
    assert.equal(accumulator.drain(1_000, true), null);
    accumulator.add(b, 1_030);
    assert.equal(accumulator.drain(1_049, true), null);
    assert.equal(accumulator.drain(1_050, true)?.length, 5);
    assert.ok(accumulator.empty);
  });

  it('waits for nothing when there are enough records, or enough bytes', () => {
    const enough = run([10])[0] as RecordBatch;
    const byCount = new RecordAccumulator(flushBySizeOrTime(limits));
    byCount.add(enough, 0);
    assert.equal(byCount.drain(0, false)?.length, 10);
    const bySize = new RecordAccumulator(flushBySizeOrTime({ ...limits, maxRecords: 1_000, maxBytes: 90 }));
    bySize.add(enough, 0);
    assert.equal(bySize.drain(0, false)?.length, 10);
  });

  it('gives positions without records on at once, but not ahead of records', () => {
    const [nothing, some, nothingMore] = run([0, 1, 0]) as [RecordBatch, RecordBatch, RecordBatch];
    const accumulator = new RecordAccumulator(flushBySizeOrTime(limits));
    accumulator.add(nothing, 0);
    assert.equal(accumulator.drain(0, true)?.nextOffset, nothing.nextOffset);
    accumulator.add(some, 0);
    accumulator.add(nothingMore, 0);
    assert.equal(accumulator.drain(0, true), null);
    assert.equal(accumulator.drain(50, true)?.nextOffset, nothingMore.nextOffset);
  });
});
