import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import avsc from 'avsc';
import fc from 'fast-check';
import {
  afterLength,
  bigVarint,
  lengthAt,
  PlainVarintReader,
  unsignedAt,
  unsignedSize,
  VarintReader,
  varintSize,
  writeBigVarint,
  writePadded,
  writeUnsigned,
  writeVarint,
} from '../../../shared/core/varint.js';

const MAX = Number.MAX_SAFE_INTEGER;
const numbers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.integer({ min: -200, max: 200 }),
  fc.integer({ min: -9_000, max: 9_000 }),
  fc.constantFrom(MAX, -MAX, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 52, -(2 ** 52) - 1, -0),
);

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(10);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}

/** By arithmetic that cannot lose a bit. */
function reference(value: bigint): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; left >= 128n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return [...bytes, Number(left)];
}

describe('varints', () => {
  it('are read back as they were written, one after the other', () => {
    fc.assert(
      fc.property(fc.array(numbers), (values) => {
        const reader = new VarintReader(Buffer.concat(values.map(varint)));
        const longs = new VarintReader(reader.bytes);
        // A sum with 0 has no -0, which no varint has either.
        for (const value of values) {
          assert.equal(reader.next(), value + 0);
          assert.equal(longs.nextLong(), value + 0);
          assert.equal(longs.at, reader.at);
        }
        assert.equal(reader.at, reader.bytes.length);
      }),
    );
  });

  it('are the bytes of the definition, of all numbers within 2^53 - 1', () => {
    fc.assert(
      fc.property(numbers, (value) => assert.deepEqual([...varint(value)], reference(BigInt(value)))),
    );
  });

  it("are avsc's bytes, as far as avsc is exact", () => {
    const long = avsc.Type.forSchema('long');
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (value) => {
        assert.ok(varint(value).equals(long.toBuffer(value)));
      }),
    );
  });

  it('are as long as their size says', () => {
    fc.assert(fc.property(fc.integer(), (value) => assert.equal(varintSize(value), varint(value).length)));
  });

  it('of 64 bits that a number cannot hold are read as one that is not safe', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const read = new VarintReader(Buffer.from(reference(value))).next();
        const safe = value >= -BigInt(MAX) && value <= BigInt(MAX);
        assert.equal(Number.isSafeInteger(read), safe);
        if (safe) assert.equal(read, Number(value));
      }),
    );
  });

  it('that are cut short are refused, as are those with more than 10 bytes', () => {
    const reader = (bytes: readonly number[]) => new VarintReader(Buffer.from(bytes));
    for (const value of [200, 2 ** 20, 2 ** 40, MAX, -MAX]) {
      const bytes = [...varint(value)];
      assert.throws(() => reader(bytes.slice(0, -1)).next(), RangeError);
      assert.equal(reader(bytes.slice(0, -1)).nextLong(), Number.NaN);
    }
    assert.throws(() => reader([]).next(), RangeError);
    assert.throws(() => reader(new Array(11).fill(0x80)).next(), /more than 10 bytes/);
    assert.equal(reader(new Array(11).fill(0x80)).nextLong(), Number.NaN);
  });

  it('that are lengths of up to two bytes are read without a reader, and others left to it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -70, max: 70 }), fc.nat(9_000)), fc.nat(5), (value, at) => {
        const bytes = Buffer.concat([Buffer.alloc(at, 0xff), varint(value)]);
        const length = lengthAt(bytes, at);
        assert.equal(length, value < 0 || value >= 8_192 ? -1 : value);
        if (length >= 0) assert.equal(afterLength(at, length), bytes.length);
      }),
    );
    // Not the shortest form of 0 and of 1; cut short; nothing at all.
    for (const bytes of [[0x80, 0], [0x82, 0], [0x80], []]) assert.equal(lengthAt(Buffer.from(bytes), 0), -1);
  });

  it('of Protocol Buffers are read back as they were written, also in more bytes than they need', () => {
    const reader = new PlainVarintReader();
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.nat(2 ** 28 - 1),
        (big, length) => {
          reader.bytes = Buffer.alloc(14);
          const end = writeBigVarint(reader.bytes, 0, big);
          writePadded(reader.bytes, end, length, 4);
          assert.equal(bigVarint(reader.bytes, 0, end), big);
          reader.at = 0;
          reader.next();
          assert.deepEqual([reader.at, reader.signed], [end, Number(big)]);
          assert.deepEqual([reader.next(), reader.at], [length, end + 4]);
        },
      ),
    );
  });

  it('without a sign are read back as they were written, and what is cut short is none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffffffff })), (value) => {
        const bytes = Buffer.alloc(5);
        const end = writeUnsigned(bytes, 0, value);
        assert.equal(end, unsignedSize(value));
        assert.equal(unsignedAt(bytes, 0), value);
        assert.equal(unsignedAt(bytes.subarray(0, end - 1), 0), Number.NaN);
      }),
    );
    assert.equal(unsignedAt(Buffer.from('ac02', 'hex'), 0), 300);
    assert.equal(unsignedAt(Buffer.from('ffffffffffff', 'hex'), 0), Number.NaN);
  });
});
