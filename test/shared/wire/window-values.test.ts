import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import avsc from 'avsc';
import fc from 'fast-check';
import { avroDoubleMap, avroLong, avroString } from '../../../shared/wire/window-aggregate-writer.js';

const typeOf = (schema: avsc.Schema) => avsc.Type.forSchema(schema);

describe("small values in Avro's encoding", () => {
  it("are avsc's bytes", () => {
    const map = fc.dictionary(fc.string(), fc.double(), { maxKeys: 70, noNullPrototype: true });
    const [long, string, doubles] = [
      typeOf('long'),
      typeOf('string'),
      typeOf({ type: 'map', values: 'double' }),
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
        fc.string({ maxLength: 200 }),
        map,
        (n, s, m) => {
          assert.ok(avroLong(n).equals(long.toBuffer(n)));
          assert.ok(avroString(s).equals(string.toBuffer(s)));
          assert.ok(avroDoubleMap(m).equals(doubles.toBuffer(m)));
        },
      ),
    );
  });
});
