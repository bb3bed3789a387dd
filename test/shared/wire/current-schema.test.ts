import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_SCHEMA } from '../../../shared/core/record-batch.js';
import { CurrentSchema, HEADER_BYTES, writeHeader } from '../../../shared/wire/confluent-header.js';

/** A value of the schema alone. */
function valueWith(schemaId: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  writeHeader(bytes, schemaId);
  return bytes;
}

/** Schemas 4 and 5 are laid out as the current one. */
function currentSchema() {
  const asked: number[] = [];
  const isCurrentSchema = (id: number) => {
    asked.push(id);
    return id === 4 || id === 5;
  };
  return { current: new CurrentSchema({ isCurrentSchema }), asked };
}

describe('CurrentSchema', () => {
  it('asks once about a segment whose values share a schema', () => {
    const { current, asked } = currentSchema();
    for (let segment = 0; segment < 3; segment++) {
      assert.ok(current.use({ bytes: valueWith(4), schemaId: 4 }));
      assert.ok(current.has(0, HEADER_BYTES));
    }
    assert.deepEqual(asked, [4]);
  });

  it('looks at each value of a segment whose values do not', () => {
    const { current, asked } = currentSchema();
    const ids = [4, 9, 5, 4, 4, NO_SCHEMA];
    const all = current.use({ bytes: Buffer.concat(ids.map(valueWith)), schemaId: NO_SCHEMA });
    assert.equal(all, false);
    const found = ids.map((_, i) => current.has(i * HEADER_BYTES, HEADER_BYTES));
    assert.deepEqual(found, [true, false, true, true, true, false]);
    assert.deepEqual(asked, [4, 9, 5, 4]);
  });

  it('finds no schema in a value without a header', () => {
    const { current, asked } = currentSchema();
    current.use({ bytes: Buffer.from([1, 0, 0, 0, 4]), schemaId: NO_SCHEMA });
    for (const length of [-1, 0, 4, 5]) assert.equal(current.has(0, length), false);
    assert.deepEqual(asked, []);
  });
});
