import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTenants } from '../../../shared/catalog/tenants-file.js';

describe('the file of tenants', () => {
  it('names tenants, some with a limit of series or a sensitivity', () => {
    const text = 'tenants:\n  - id: acme\n    maxSeries: 5\n  - id: "42"\n    sensitivity: 0\n';
    assert.deepEqual(
      [...parseTenants(text, 'f')],
      [
        ['acme', { maxSeries: 5, sensitivity: null }],
        ['42', { maxSeries: null, sensitivity: 0 }],
      ],
    );
    assert.equal(parseTenants('tenants: []', 'f').size, 0);
  });

  const wrong: [string, string, string][] = [
    ['another key', 'tenant: []', 'f:1:1: tenant: unknown key; did you mean "tenants"? allowed: tenants'],
    [
      'a tenant without id',
      'tenants:\n  - maxSeries: 1',
      'f:2:5: tenants[0].id: is missing; must be text without "|", in quotes',
    ],
    [
      'an id that YAML takes for a number',
      'tenants:\n  - id: 42',
      'f:2:9: tenants[0].id: must be text without "|", in quotes',
    ],
    [
      'an unknown key',
      'tenants:\n  - id: a\n    series: 1',
      'f:3:5: tenants[0].series: unknown key; allowed: id, maxSeries, sensitivity',
    ],
    [
      'a limit below 0',
      'tenants:\n  - id: a\n    maxSeries: -1',
      'f:3:16: tenants[0].maxSeries: must be a whole number of at least 0: value was -1',
    ],
    [
      'a sensitivity beyond 1',
      'tenants:\n  - id: a\n    sensitivity: 2',
      'f:3:18: tenants[0].sensitivity: must be a number from 0 to 1: value was 2',
    ],
    ['an id twice', 'tenants:\n  - id: a\n  - id: a', 'f:3:9: tenants[1].id: "a" is used twice'],
    ['text', 'tenants', 'f:1:1: must hold the one key `tenants` with a list'],
  ];
  for (const [title, text, message] of wrong) {
    it(`is refused with ${title}, naming the line`, () => {
      assert.throws(
        () => parseTenants(text, 'f'),
        (error: Error) => error.message.startsWith(message) || assert.fail(error.message),
      );
    });
  }
});
