import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attributesOf } from '../../../../../services/dashboard/pages/events/attributes.js';

it('reads pairs of attributes with the types that their values have', () => {
  assert.deepEqual(attributesOf('plan=family price=4.5, trial=true code="12"'), {
    ...{ plan: 'family', price: 4.5, trial: true, code: '12' },
  });
  assert.deepEqual(attributesOf(''), {});
  assert.equal(attributesOf('family'), null);
});
