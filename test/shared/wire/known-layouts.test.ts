import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_SCHEMA } from '../../../shared/core/record-batch.js';
import { HEADER_BYTES, KnownLayouts, writeHeader } from '../../../shared/wire/confluent-header.js';

/** A value of the schema alone. */
function valueWith(schemaId: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  writeHeader(bytes, schemaId);
  return bytes;
}

/** Schemas 4 and 5 are laid out as the current one, 6 as an earlier one, 7 as one that the reader does not know. */
function knownLayouts() {
  const asked: number[] = [];
  const fieldsInPlace = (id: number) => {
    asked.push(id);
    return { 4: 10, 5: 10, 6: 8, 7: 9 }[id] ?? 0;
  };
  const reader = { fields: 0, layouts: [8, 10] };
  return { layouts: new KnownLayouts({ fieldsInPlace }, reader), reader, asked };
}

describe('KnownLayouts', () => {
  it('asks once about a segment whose values share a schema', () => {
    const { layouts, reader, asked } = knownLayouts();
    for (let segment = 0; segment < 3; segment++) {
      assert.ok(layouts.use({ bytes: valueWith(4), schemaId: 4 }));
      assert.ok(layouts.has(0, HEADER_BYTES));
      assert.equal(reader.fields, 10);
    }
    assert.deepEqual(asked, [4]);
  });

  it('looks at each value of a segment whose values do not, and sets how many fields it has', () => {
    const { layouts, reader, asked } = knownLayouts();
    const ids = [4, 9, 6, 4, 6, 7, 5, 4, NO_SCHEMA];
    const all = layouts.use({ bytes: Buffer.concat(ids.map(valueWith)), schemaId: NO_SCHEMA });
    assert.equal(all, false);
    const found = ids.map((_, i) => layouts.has(i * HEADER_BYTES, HEADER_BYTES) && reader.fields);
    assert.deepEqual(found, [10, false, 8, 10, 8, false, 10, 10, false]);
    // Of the two that were found last it need not be asked again.
    assert.deepEqual(asked, [4, 9, 6, 7, 5, 4]);
  });

  it('finds no schema in a value without a header', () => {
    const { layouts, asked } = knownLayouts();
    layouts.use({ bytes: Buffer.from([1, 0, 0, 0, 4]), schemaId: NO_SCHEMA });
    for (const length of [-1, 0, 4, 5]) assert.equal(layouts.has(0, length), false);
    assert.deepEqual(asked, []);
  });
});
