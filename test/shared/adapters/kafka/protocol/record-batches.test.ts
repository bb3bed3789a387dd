import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import type { FetchedPartition } from '../../../../../shared/adapters/kafka/protocol/fetch-response.js';
import { readRecordBatches } from '../../../../../shared/adapters/kafka/protocol/record-batches.js';

import { compactBatch } from '../../../../../shared/adapters/kafka/protocol/record-index.js';

import { TactusError } from '../../../../../shared/core/errors.js';
import { NO_SCHEMA, PLACES } from '../../../../../shared/core/record-batch.js';
import { VarintReader } from '../../../../../shared/core/varint.js';

/** kafkajs's encoder, as a second opinion on the format. */
const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder.js') as new () => {
  writeVarInt(value: number): { buffer: Buffer };
  writeVarLong(value: string): { buffer: Buffer };
};

const HEADER_BYTES = 61;

function varint(value: number): Buffer {
  return new Encoder().writeVarLong(String(value)).buffer;
}

interface PlainRecord {
  readonly key: string | null;
  readonly value: string | null;
}

function part(text: string | null): Buffer {
  if (text === null) return varint(-1);
  const bytes = Buffer.from(text);
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** A batch by the book, offsets from `baseOffset`, times from 1,000. */
function batch(
  baseOffset: number,
  records: readonly PlainRecord[],
  attributes = 0,
  producerId = -1n,
): Buffer {
  const bodies = records.map(({ key, value }, i) => {
    const body = Buffer.concat([Buffer.from([0]), varint(i), varint(i), part(key), part(value), varint(0)]);
    return Buffer.concat([varint(body.length), body]);
  });
  const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), ...bodies]);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt8(2, 16);
  bytes.writeInt16BE(attributes, 21);
  bytes.writeInt32BE(records.length - 1, 23);
  bytes.writeBigInt64BE(1_000n, 27);
  bytes.writeBigInt64BE(5_000n, 35);
  bytes.writeBigInt64BE(producerId, 43);
  bytes.writeInt32BE(records.length, 57);
  return sealed(bytes);
}

function sealed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

function fetched(records: Buffer, change: Partial<FetchedPartition> = {}): FetchedPartition {
  return {
    topic: 't',
    partition: 0,
    errorCode: 0,
    highWatermark: 1_000,
    lastStableOffset: 1_000,
    logStartOffset: 0,
    aborted: [],
    records,
    ...change,
  };
}

function values(read: ReturnType<typeof readRecordBatches>): [number, string | null, string | null][] {
  return Array.from({ length: read.length }, (_, i) => [
    read.offset(i),
    read.key(i)?.toString() ?? null,
    read.value(i)?.toString() ?? null,
  ]);
}

const records = fc.array(fc.record({ key: fc.option(fc.string()), value: fc.option(fc.string()) }), {
  minLength: 1,
  maxLength: 10,
});

describe('VarintReader', () => {
  it('reads what kafkajs writes', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger().map((n) => Math.trunc(n / 4))), (numbers) => {
        const reader = new VarintReader(Buffer.concat(numbers.map(varint)));
        assert.deepEqual(
          numbers.map(() => reader.next()),
          numbers.map((n) => n + 0),
        );
      }),
    );
  });
});

describe('readRecordBatches', () => {
  it('says which schema id all values of a batch begin with, if they do', () => {
    const value = (...bytes: number[]) => String.fromCharCode(...bytes, 1);
    const of = (position: number, ...values: (string | null)[]) =>
      readRecordBatches(
        fetched(
          batch(
            0,
            values.map((each) => ({ key: 'k', value: each })),
          ),
        ),
        position,
      ).segments.map(({ schemaId }) => schemaId);
    const [one, another] = [value(0, 0, 0, 1, 2), value(0, 0, 0, 1, 3)];
    assert.deepEqual(of(0, one, one, one), [0x0102]);
    assert.deepEqual(of(0, one, another, one), [NO_SCHEMA]);
    assert.deepEqual(of(0, one, null), [NO_SCHEMA]);
    assert.deepEqual(of(0, one, value(1, 0, 0, 1, 2)), [NO_SCHEMA]);
    assert.deepEqual(of(0, 'tiny'), [NO_SCHEMA]);
    // What is before the position is not asked.
    assert.deepEqual(of(1, another, one, one), [0x0102]);
  });

  it('gives every record of every batch from the position on', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 5 }), fc.nat(60), (batches, position) => {
        let next = 0;
        const wanted: [number, string | null, string | null][] = [];
        const bytes = batches.map((each) => {
          const base = next;
          next += each.length;
          wanted.push(...each.map(({ key, value }, i): (typeof wanted)[number] => [base + i, key, value]));
          return batch(base, each);
        });
        const read = readRecordBatches(fetched(Buffer.concat(bytes)), position);
        const normal = (text: string | null) => (text === null ? null : Buffer.from(text).toString());
        assert.deepEqual(
          values(read),
          wanted
            .filter(([offset]) => offset >= position)
            .map(([offset, key, value]) => [offset, normal(key), normal(value)]),
        );
        assert.equal(read.nextOffset, Math.max(position, next));
      }),
    );
  });

  it('can be kept in just the room that the records need, whatever is read after it', () => {
    const one = readRecordBatches(fetched(batch(7, [{ key: 'a', value: 'b' }])), 0);
    const kept = compactBatch(one);
    assert.throws(() => one.offset(0), RangeError);
    // Takes the arrays that were given back.
    readRecordBatches(fetched(batch(0, [{ key: 'other', value: 'thing' }])), 0);
    assert.deepEqual(values(kept), [[7, 'a', 'b']]);
    assert.equal(kept.nextOffset, 8);
    assert.deepEqual(
      kept.segments.map(({ offsets, times, places }) => [offsets.length, times.length, places.length]),
      [[1, 1, PLACES]],
    );
  });

  it('does not hold on to the response that a few records came in, whose memory is used again', () => {
    const response = Buffer.alloc(4_194_304);
    const start = 1_000_000;
    const length = batch(7, [{ key: 'a', value: 'b' }]).copy(response, start);
    let recycled = 0;
    const read = readRecordBatches(fetched(response.subarray(start, start + length)), 0, () => {
      recycled += 1;
    });
    const kept = compactBatch(read);
    assert.equal(recycled, 1);
    response.fill(0);
    assert.deepEqual(values(kept), [[7, 'a', 'b']]);
    assert.ok(kept.segments.every(({ bytes }) => bytes.buffer.byteLength < 100));
  });

  it('leaves a last batch that is cut short for the next fetch, wherever the cut is', () => {
    const whole = batch(0, [{ key: 'a', value: 'b' }]);
    const second = batch(1, [{ key: 'c', value: 'd' }]);
    for (let cut = 0; cut < second.length; cut++) {
      const read = readRecordBatches(fetched(Buffer.concat([whole, second.subarray(0, cut)])), 0);
      assert.deepEqual(values(read), [[0, 'a', 'b']]);
      assert.equal(read.nextOffset, 1);
    }
  });

  it('takes the append time of the batch where the log stamps its records', () => {
    const input = [
      { key: null, value: 'a' },
      { key: null, value: 'b' },
    ];
    const created = readRecordBatches(fetched(batch(0, input)), 0);
    const appended = readRecordBatches(fetched(batch(0, input, 0x08)), 0);
    assert.deepEqual([created.timestamp(0), created.timestamp(1)], [1_000, 1_001]);
    assert.deepEqual([appended.timestamp(0), appended.timestamp(1)], [5_000, 5_000]);
  });

  it('leaves out aborted transactions in whatever order the broker lists them', () => {
    const TRANSACTIONAL = 0x10;
    const CONTROL = 0x20;
    const one = (offset: number, value: string, producer: bigint) =>
      batch(offset, [{ key: null, value }], TRANSACTIONAL, producer);
    // Control records have a key of version and type; type 0 is ABORT, 1 is COMMIT.
    const marker = (offset: number, producer: bigint, type: number) =>
      batch(
        offset,
        [{ key: `\0\0\0${String.fromCharCode(type)}`, value: '' }],
        TRANSACTIONAL | CONTROL,
        producer,
      );
    const bytes = Buffer.concat([
      one(0, 'aborted by 1', 1n),
      one(1, 'kept of 2', 2n),
      one(2, 'aborted by 3', 3n),
      marker(3, 3n, 0),
      one(4, 'aborted by 1, too', 1n),
      marker(5, 1n, 0),
      marker(6, 2n, 1),
      one(7, 'kept of 1', 1n),
      marker(8, 1n, 1),
    ]);
    // In order of their ends, as a broker keeps them, not of their beginnings.
    const aborted = [
      { producerId: 3n, firstOffset: 2 },
      { producerId: 1n, firstOffset: 0 },
    ];
    const read = readRecordBatches(fetched(bytes, { aborted, highWatermark: 9 }), 0);
    assert.deepEqual(
      values(read).map(([offset, , value]) => [offset, value]),
      [
        [1, 'kept of 2'],
        [7, 'kept of 1'],
      ],
    );
    assert.deepEqual([read.nextOffset, read.atEnd], [9, true]);
  });

  it('moves over a batch that compaction has emptied', () => {
    const empty = batch(0, [{ key: 'a', value: 'b' }]).subarray(0, HEADER_BYTES);
    const bytes = Buffer.from(empty);
    bytes.writeInt32BE(HEADER_BYTES - 12, 8);
    bytes.writeInt32BE(6, 23);
    bytes.writeInt32BE(0, 57);
    const read = readRecordBatches(fetched(sealed(bytes), { highWatermark: 7 }), 0);
    assert.deepEqual([read.length, read.nextOffset, read.atEnd], [0, 7, true]);
  });

  it('refuses a batch whose bytes were changed', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (input, where, change) => {
        const bytes = batch(0, input);
        const at = 21 + (where % (bytes.length - 21));
        bytes[at] = (bytes[at] as number) ^ change;
        assert.throws(() => readRecordBatches(fetched(bytes), 0), { code: 'TACTUS_KAFKA_UNAVAILABLE' });
      }),
    );
  });

  it('never does anything but read or refuse, whatever the bytes are', () => {
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(records, fc.nat(4), mutations, (input, codec, changes) => {
        const bytes = batch(0, input, codec);
        for (const [where, value] of changes) bytes[where % bytes.length] = value;
        if (bytes.length > 21) sealed(bytes); // So that the damage gets past the checksum.
        try {
          const read = readRecordBatches(fetched(bytes), 0);
          for (let i = 0; i < read.length; i++) {
            read.value(i);
            read.key(i);
          }
        } catch (error) {
          assert.ok(error instanceof TactusError, String(error));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('gives what stands before a batch that cannot be read, and the next time says what is wrong with that', () => {
    const first = batch(0, [{ key: 'k', value: 'good' }]);
    const bad = batch(1, [{ key: 'k', value: 'bad' }]);
    bad[bad.length - 1] = 0xff;
    const both = Buffer.concat([first, bad, batch(2, [{ key: 'k', value: 'behind' }])]);
    const read = readRecordBatches(fetched(both, { highWatermark: 3 }), 0);
    assert.deepEqual([values(read), read.nextOffset, read.atEnd], [[[0, 'k', 'good']], 1, false]);
    assert.throws(() => readRecordBatches(fetched(both.subarray(first.length)), 1), /wrong CRC-32C/);
  });

  it('is at the end where the acknowledged records end, and not behind that', () => {
    const bytes = batch(0, [{ key: 'k', value: 'v' }]);
    const ends = [0, 1, 2].map(
      (highWatermark) => readRecordBatches(fetched(bytes, { highWatermark }), 0).atEnd,
    );
    assert.deepEqual(ends, [false, true, false]);
  });

  it('is not at the end while the leader has records that others do not have yet', () => {
    const bytes = batch(0, [{ key: 'k', value: 'v' }]);
    const ends = [0, 1, 2, Number.POSITIVE_INFINITY].map(
      (appended) => readRecordBatches(fetched(bytes, { highWatermark: 1 }), 0, undefined, appended).atEnd,
    );
    assert.deepEqual(ends, [true, true, false, false]);
  });

  it('says by which leader the last batch was written', () => {
    const bytes = [3, 5].map((epoch, offset) => {
      const one = batch(offset, [{ key: 'k', value: 'v' }]);
      one.writeInt32BE(epoch, 12);
      return one;
    });
    assert.equal(readRecordBatches(fetched(Buffer.concat(bytes)), 0).leaderEpoch, 5);
  });
});
