import assert from 'node:assert/strict';
import { it } from 'node:test';
import { changedQuery } from '../../../../services/dashboard/address/query.js';

it('changes, adds, repeats and removes, and leaves the rest', () => {
  const query = new URLSearchParams('a=1&b=2&c=3');
  assert.equal(
    changedQuery(query, { a: null, b: 'x y', tag: ['host=a', 'shop=b'], d: '' }),
    '?c=3&b=x+y&tag=host%3Da&tag=shop%3Db',
  );
  assert.equal(changedQuery(new URLSearchParams(), {}), '');
  assert.equal(query.toString(), 'a=1&b=2&c=3');
});
