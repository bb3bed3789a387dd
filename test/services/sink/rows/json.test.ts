import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { tagsKey, toJson } from '../../../../services/sink/rows/json.js';

describe('rows', () => {
  it('have the same tags key for the same tags, and another for others', () => {
    const tags = fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), { maxKeys: 5 });
    fc.assert(
      fc.property(tags, tags, (a, b) => {
        const backwards = Object.fromEntries(Object.entries(a).reverse());
        assert.equal(tagsKey(backwards), tagsKey(a));
        const same =
          toJson(Object.fromEntries(Object.entries(a).sort())) ===
          toJson(Object.fromEntries(Object.entries(b).sort()));
        assert.equal(tagsKey(a) === tagsKey(b), same);
      }),
    );
  });

  it('say of a number that JSON does not have what it was', () => {
    assert.equal(
      toJson({ a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: null }),
      '{"a":"NaN","b":"-Infinity","c":null}',
    );
  });
});
