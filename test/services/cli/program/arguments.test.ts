import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneTenant, someOf, tenantId } from '../../../../services/cli/program/arguments.js';

test('all tenants are meant without one, where commands take one or all', () => {
  assert.equal(oneTenant('*'), undefined);
  assert.equal(oneTenant('acme'), 'acme');
  assert.equal(tenantId('*'), '*');
  assert.throws(() => oneTenant('a|b'), /without "\|"/);
});

test('some of a list are in its order, each once', () => {
  const some = someOf(['a', 'b', 'c']);
  assert.deepEqual(some(' c, a'), ['a', 'c']);
  for (const wrong of ['', 'd', 'a,a', 'a,,b']) assert.throws(() => some(wrong), /some of a, b, c/);
});
