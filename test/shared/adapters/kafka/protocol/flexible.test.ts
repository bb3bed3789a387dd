import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FlexibleReader, FlexibleWriter } from '../../../../../shared/adapters/kafka/protocol/flexible.js';

describe('flexible encoding', () => {
  it('reads what it writes', () => {
    const value = fc.record({
      small: fc.integer({ min: -32_768, max: 32_767 }),
      number: fc.integer(),
      long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      length: fc.integer({ min: 0, max: 0xffffffff }),
      text: fc.option(fc.string({ unit: 'binary', maxLength: 300 })),
      numbers: fc.array(fc.integer()),
    });
    fc.assert(
      fc.property(value, ({ small, number, long, length, text, numbers }) => {
        const writer = new FlexibleWriter().int16(small).int32(number).int64(long).unsignedVarint(length);
        writer.compactString(text).compactArray(numbers, (each) => void writer.int32(each));
        const reader = new FlexibleReader(writer.noTags().take());
        assert.equal(reader.int16(), small);
        assert.equal(reader.int32(), number);
        assert.equal(reader.int64(), long);
        assert.equal(reader.unsignedVarint(), length);
        assert.equal(reader.compactString(), text);
        assert.deepEqual(
          reader.compactArray(() => reader.int32()),
          numbers,
        );
        reader.tags();
      }),
    );
  });

  it('reads ids as Kafka writes them as text, flags, and bytes', () => {
    const id = Buffer.from('0123456789abcdef').toString('base64url');
    const writer = new FlexibleWriter().uuid(id).uuid(null).boolean(true).int8(-2).compactBytesLength(2);
    const reader = new FlexibleReader(Buffer.concat([writer.take(), Buffer.of(7, 8), Buffer.of(0)]));
    assert.deepEqual(
      [reader.uuid(), reader.uuid(), reader.boolean(), reader.boolean()],
      [id, null, true, true],
    );
    assert.deepEqual([...reader.compactBytes()], [7, 8]);
    assert.equal(reader.compactBytes().length, 0);
  });

  it('writes lengths as the protocol has them', () => {
    const writer = new FlexibleWriter().compactString('é').compactString(null).unsignedVarint(300);
    assert.equal(writer.take().toString('hex'), `03c3a9${'00'}ac02`);
    assert.equal(writer.boolean(true).take().toString('hex'), '01');
  });

  it('reads the tagged fields that are asked for, and passes over the others', () => {
    // Two fields: tag 1 of 2 bytes, tag 300 of 3 bytes; then a number.
    const reader = new FlexibleReader(Buffer.from(`02${'01020007'}${'ac0203ffffff'}00000009`, 'hex'));
    let found = 0;
    reader.tags({
      1: (field) => {
        found = field.int16();
      },
    });
    assert.deepEqual([found, reader.int32()], [7, 9]);
  });

  it('refuses bytes that end too early', () => {
    for (const hex of ['', '05', '0541', 'ffffffffffff'])
      assert.throws(() => new FlexibleReader(Buffer.from(hex, 'hex')).compactString(), RangeError);
  });
});
