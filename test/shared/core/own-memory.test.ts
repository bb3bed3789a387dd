import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { ownMemory } from '../../../shared/core/own-memory.js';
import {
  HEADERS_LENGTH,
  HEADERS_START,
  KEY_LENGTH,
  KEY_START,
  PLACES,
  type RecordSegment,
  VALUE_LENGTH,
  VALUE_START,
} from '../../../shared/core/record-batch.js';

const PARTS = [
  [KEY_START, KEY_LENGTH],
  [VALUE_START, VALUE_LENGTH],
  [HEADERS_START, HEADERS_LENGTH],
] as const;

/** Key, value and headers of each record, as hexadecimal digits. */
function contentOf(segments: readonly RecordSegment[]): (string | null)[][] {
  return segments.flatMap(({ bytes, length, places }) =>
    Array.from({ length }, (_, i) =>
      PARTS.map(([start, size]) => {
        const at = places[i * PLACES + start] as number;
        const count = places[i * PLACES + size] as number;
        return count < 0 ? null : bytes.toString('hex', at, at + count);
      }),
    ),
  );
}

/** Segments of records one behind the other somewhere in one memory of this size or more. */
function within(size: number, groups: readonly (readonly { key: string | null; value: string }[])[]) {
  const parts = groups.map((records) => {
    const plain = records.map(({ key, value }) => ({ key, value: Buffer.from(value), headers: {} }));
    return arrayBatch({ topic: 't', records: plain }).segments[0];
  });
  const total = parts.reduce((sum, part) => sum + (part?.bytes.length ?? 0), 0);
  const memory = Buffer.alloc(Math.max(size, total));
  let at = memory.length - total;
  return parts.flatMap((part) => {
    if (part === undefined) return [];
    const bytes = memory.subarray(at, at + part.bytes.copy(memory, at));
    at += bytes.length;
    return [{ ...part, bytes }];
  });
}

const groups = fc.array(
  fc.array(fc.record({ key: fc.option(fc.string()), value: fc.string() }), { minLength: 1, maxLength: 5 }),
  { maxLength: 4 },
);

describe('memory of records that are kept', () => {
  it('is at most four times what the records take, which stay the same', () => {
    fc.assert(
      fc.property(groups, fc.nat(5_000), (all, size) => {
        const before = within(size, all);
        const wanted = contentOf(before);
        const kept = ownMemory(before);
        assert.deepEqual(contentOf(kept), wanted);
        const memory = [...new Set(kept.map(({ bytes }) => bytes.buffer))];
        const held = memory.reduce((sum, { byteLength }) => sum + byteLength, 0);
        const records = kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
        assert.ok(held <= 4 * records, `${held} for ${records}`);
      }),
    );
  });

  it('is left as it is where it is mostly of these records', () => {
    const segments = within(400, [
      [{ key: 'k', value: 'x'.repeat(60) }],
      [{ key: 'k', value: 'y'.repeat(60) }],
    ]);
    assert.equal(ownMemory(segments), segments);
  });
});
