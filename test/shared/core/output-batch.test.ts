import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OutputBatch } from '../../../shared/core/output-batch.js';

/** More than the largest chunk that a batch takes at once. */
const MANY = 30_000;
const VALUE_BYTES = 100;

/** A batch of values of one byte over and over, made in its own memory. */
function filled(byte: number, count = MANY): OutputBatch {
  const batch = new OutputBatch();
  for (let i = 0; i < count; i++) {
    const room = batch.room(VALUE_BYTES);
    const start = batch.at;
    room.fill(byte, start, start + VALUE_BYTES);
    batch.at = start + VALUE_BYTES;
    batch.append('windows', null, 0, 0, room, start, batch.at);
  }
  return batch;
}

const same = (batch: OutputBatch, byte: number) =>
  [...batch].every(({ value }) => value.every((each) => each === byte));

describe('OutputBatch, of which records are left out', () => {
  it('counts the bytes of the others, in memory too that was used before', () => {
    const before = filled(1, 2);
    before.putHeaders(Buffer.alloc(50), 0, 50);
    before.clear();
    const batch = filled(2, 3);
    batch.putHeaders(Buffer.alloc(7), 0, 7);
    batch.drop(new Set([1]));
    assert.deepEqual([batch.length, batch.bytes], [2, 2 * VALUE_BYTES + 7]);
    batch.drop(new Set([1]));
    assert.deepEqual([batch.length, batch.bytes], [1, VALUE_BYTES]);
  });
});

describe('OutputBatch, cleared', () => {
  it('is empty, and takes records again', () => {
    const batch = filled(1);
    batch.putHeaders(Buffer.from([1, 2]), 0, 2);
    batch.clear();
    assert.deepEqual([batch.length, batch.bytes, [...batch]], [0, 0, []]);
    batch.add({ topic: 'late', key: 'k', value: Buffer.from('v') });
    assert.deepEqual([batch.length, batch.bytes], [1, 2]);
    assert.deepEqual(
      [...batch].map(({ topic, key, value }) => [topic, String(key), String(value)]),
      [['late', 'k', 'v']],
    );
  });

  for (const [size, count] of [
    ['large', MANY],
    ['small', 3],
  ] as const)
    it(`gives its memory to others, and never that of one that is not cleared, ${size} ones`, () => {
      const [kept, gone] = [filled(1, count), filled(2, count)];
      const before = new Set(gone.values.map(({ buffer }) => buffer));
      gone.clear();
      gone.clear();
      const next = [filled(3, count), filled(4, count), filled(5, count)];
      assert.ok(
        next.some(({ values }) => values.some(({ buffer }) => before.has(buffer))),
        'none was used again',
      );
      assert.ok(same(kept, 1));
      next.forEach((batch, i) => {
        assert.ok(same(batch, 3 + i));
      });
    });
});
