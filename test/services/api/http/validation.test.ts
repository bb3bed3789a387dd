import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type TSchema, Type } from 'typebox';
import { compileSchema, invalidRequest } from '../../../../services/api/http/validation.js';
import { RoleField } from '../../../../services/api/routes/user-view.js';

/** What is said of data that a schema does not take. */
function refusalOf(schema: TSchema, data: unknown, httpPart = 'body'): string {
  const validate = compileSchema({ schema, httpPart, method: '', url: '' });
  assert.equal(validate(data), false);
  return invalidRequest(validate.errors ?? [], httpPart).message;
}

describe('what is said of a request that is not allowed', () => {
  it('is which values one of several may be', () => {
    assert.equal(
      refusalOf(Type.Object({ role: RoleField }), { role: 'boss' }),
      'role: must be one of admin, operator, viewer: value was "boss"',
    );
    const series = Type.Union([Type.Literal('series'), Type.Array(Type.String())]);
    assert.equal(
      refusalOf(Type.Object({ groupBy: series }), { groupBy: 5 }),
      'groupBy: must be one of series, or must be array: value was 5',
    );
  });

  it('is what is wrong in the one of several schemas that takes such values', () => {
    const token = Type.Optional(Type.String({ maxLength: 5 }));
    const body = Type.Union([
      Type.Null(),
      Type.Object({ refresh_token: token }, { additionalProperties: false }),
    ]);
    assert.equal(refusalOf(body, { refresh_token: 5 }), 'refresh_token: must be string: value was 5');
    assert.equal(refusalOf(body, { token: 'a' }), 'token: is not known here; allowed are refresh_token');
    assert.equal(refusalOf(body, 'a'), 'body: must be null, or must be object: value was "a"');
  });

  it('is which parameters there are', () => {
    const known = Type.Object(
      { from: Type.Optional(Type.String()), to: Type.Optional(Type.String()) },
      { additionalProperties: false },
    );
    assert.equal(
      refusalOf(known, { form: 'now' }, 'querystring'),
      'the parameter form: is not known here; allowed are from, to',
    );
    const none = Type.Object({}, { additionalProperties: false });
    assert.equal(
      refusalOf(none, { a: '1' }, 'querystring'),
      'the parameter a: is not known here; allowed are none',
    );
  });
});
