import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTenants } from '../../services/ingest/tenants-file.js';

describe('the file of tenants', () => {
  it('names tenants, some with a limit of series', () => {
    const found = parseTenants('tenants:\n  - id: acme\n    maxSeries: 5\n  - id: "42"\n', 'f');
    assert.deepEqual(
      [...found],
      [
        ['acme', { maxSeries: 5 }],
        ['42', { maxSeries: null }],
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
      'f:3: series: unknown key; allowed are id, maxSeries',
    ],
    [
      'a limit below 0',
      'tenants:\n  - id: a\n    maxSeries: -1',
      'f:3: maxSeries: must be a whole number from 0; it is -1',
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
