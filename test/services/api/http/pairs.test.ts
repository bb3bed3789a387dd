import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairsOf } from '../../../../services/api/http/pairs.js';

test('a name has one value: of two, both of which have to hold, none is left out silently', () => {
  assert.deepEqual(pairsOf('tag', ['host=a', 'shop=b=c', 'host=a']), { host: 'a', shop: 'b=c' });
  assert.deepEqual(Object.entries(pairsOf('tag', ['__proto__=a'])), [['__proto__', 'a']]);
  assert.throws(() => pairsOf('tag', ['host=a', 'host=b']), {
    code: 'TACTUS_REQUEST_INVALID',
    message: 'the parameter tag: must have one value for "host": values were "a" and "b"',
  });
});
