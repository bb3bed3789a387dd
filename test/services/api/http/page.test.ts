import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cursorOf, placeOf } from '../../../../services/api/http/page.js';

test('a cursor is the place of the last item, and one that is none of the list is refused', () => {
  const shape = ['number', 'string'] as const;
  assert.deepEqual(placeOf(cursorOf([7, 'a']), shape), [7, 'a']);
  assert.equal(placeOf(undefined, shape), null);
  for (const place of [['a', 7], [7], [7, 'a', 'b'], [1e99, 'a'], [-1e16, 'a'], [null, 'a']])
    assert.throws(
      () => placeOf(Buffer.from(JSON.stringify(place)).toString('base64url'), shape),
      { code: 'TACTUS_REQUEST_INVALID' },
      JSON.stringify(place),
    );
});
