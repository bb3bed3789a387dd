import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryError } from '../../../../services/api/queries/query-error.js';

const answered = (code: string) => Object.assign(new Error('out of range'), { code, severity: 'ERROR' });

test('a value of the request that the database does not take is no fault of ours', () => {
  for (const code of ['22021', '22P05', '22007', '22008'])
    assert.equal(queryError(answered(code), 'finding alerts').code, 'TACTUS_REQUEST_INVALID', code);
  assert.match(
    queryError(answered('22008'), 'finding alerts').message,
    /^finding alerts: the database does not take a time of the request \(out of range\); allowed are times from/,
  );
  assert.equal(queryError(answered('22012'), 'finding alerts').code, 'TACTUS_INVARIANT');
  const half = { message: 'invalid input syntax for type json' };
  assert.match(
    queryError(Object.assign(answered('22P02'), half), 'searching events').message,
    /allowed are texts without halves of surrogate pairs$/,
  );
  assert.equal(queryError(answered('22P02'), 'finding alerts').code, 'TACTUS_INVARIANT');
});
