import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NO_SCHEMA } from '../../../shared/core/record-batch.js';
import {
  HEADER_BYTES,
  hasHeader,
  readSchemaId,
  schemaIdAt,
  writeHeader,
} from '../../../shared/wire/confluent-header.js';

describe('the header of Confluent wire format', () => {
  it('is read back as it was written, wherever it stands', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(20), fc.nat(20), (schemaId, before, size) => {
        const bytes = Buffer.alloc(before + HEADER_BYTES + size, 0xff);
        writeHeader(bytes.subarray(before), schemaId);
        assert.ok(hasHeader(bytes, before, HEADER_BYTES + size));
        assert.equal(readSchemaId(bytes, before), schemaId);
        assert.equal(schemaIdAt(bytes, before, HEADER_BYTES + size), schemaId);
      }),
    );
  });

  it('is a zero and the id in four bytes, highest first', () => {
    const bytes = Buffer.alloc(HEADER_BYTES);
    writeHeader(bytes, 0x01020304);
    assert.equal(bytes.toString('hex'), '0001020304');
  });

  it('is missing from a null value, from one that is too short, and without the zero', () => {
    const bytes = Buffer.alloc(HEADER_BYTES);
    writeHeader(bytes, 7);
    for (const length of [-1, 0, HEADER_BYTES - 1]) {
      assert.equal(hasHeader(bytes, 0, length), false);
      assert.equal(schemaIdAt(bytes, 0, length), NO_SCHEMA);
    }
    bytes[0] = 1;
    assert.equal(schemaIdAt(bytes, 0, HEADER_BYTES), NO_SCHEMA);
  });
});
