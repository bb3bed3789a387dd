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
    ['another key', 'tenant: []', 'f:1: must be one key "tenants" with a list'],
    ['a tenant without id', 'tenants:\n  - maxSeries: 1', 'f:2: id: must be text without "|", in quotes'],
    [
      'an id that YAML takes for a number',
      'tenants:\n  - id: 42',
      'f:2: id: must be text without "|", in quotes',
    ],
    [
      'an unknown key',
      'tenants:\n  - id: a\n    series: 1',
      'f:3: series: unknown key; allowed are id, maxSeries, sensitivity',
    ],
    [
      'a limit below 0',
      'tenants:\n  - id: a\n    maxSeries: -1',
      'f:3: maxSeries: must be a whole number from 0; it is -1',
    ],
    [
      'a sensitivity beyond 1',
      'tenants:\n  - id: a\n    sensitivity: 2',
      'f:3: sensitivity: must be a number from 0 to 1; it is 2',
    ],
    ['an id twice', 'tenants:\n  - id: a\n  - id: a', 'f:3: id: "a" is there twice'],
    ['text', 'tenants', 'f:1: must be one key "tenants" with a list'],
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
