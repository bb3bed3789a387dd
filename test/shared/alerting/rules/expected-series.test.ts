import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRules } from '../../../../shared/alerting/rules/rules-file.js';
import { TactusError } from '../../../../shared/core/errors.js';

const RULE = { name: 'Silent', window: '10s', metric: 'up', tenant: 'acme', noData: 'alert' };
const parsed = (...rules: object[]) => parseRules(JSON.stringify({ rules }), 'my.yaml');

function problemOf(...rules: object[]): string {
  try {
    parsed(...rules);
  } catch (error) {
    assert.ok(error instanceof TactusError && error.code === 'TACTUS_CONFIG_INVALID');
    return error.message;
  }
  return assert.fail('the rules were accepted');
}

describe('the series that a rule expects', () => {
  it('are of its tenant and metric where it names them, else they name their own', () => {
    const expectedOf = (rule: object) => parsed(rule)[0]?.expected;
    assert.deepEqual(expectedOf({ ...RULE, expected: [{ tags: { host: 'a' } }, {}] }), [
      { tenantId: 'acme', metric: 'up', tags: { host: 'a' } },
      { tenantId: 'acme', metric: 'up', tags: {} },
    ]);
    assert.deepEqual(
      expectedOf({ ...RULE, tenant: 'a*', metric: 'up.*', expected: [{ tenant: 'acme', metric: 'up.db' }] }),
      [{ tenantId: 'acme', metric: 'up.db', tags: {} }],
    );
    assert.deepEqual(expectedOf(RULE), []);
  });

  it('are refused where nothing could come of them, by name', () => {
    const cases: [object, RegExp][] = [
      [{ noData: 'keep', expected: [{}] }, /rules\[0\]\.expected: is allowed with `noData: alert` only/],
      [{ tenant: '*', expected: [{}] }, /rules\[0\]\.expected\[0\]\.tenant/],
      [{ expected: [{ tenant: 'bolt' }] }, /expected\[0\]\.tenant: must be one that the rule is for: acme/],
      [
        { metric: 'up*', expected: [{ metric: 'down' }] },
        /expected\[0\]\.metric: must be one that the rule is for: up\*/,
      ],
      [{ metric: 'up*', expected: [{ metric: 'up*' }] }, /expected\[0\]\.metric: must be a name/],
      [{ expected: [] }, /expected: must hold at least 1/],
      [{ expected: [{ tags: { a: 'b' } }, { tags: { a: 'b' } }] }, /expected: must hold no series twice/],
      [{ expected: [{ tag: { a: 'b' } }] }, /expected\[0\]\.tag: unknown key/],
    ];
    for (const [more, expected] of cases) assert.match(problemOf({ ...RULE, ...more }), expected);
    const { metric: _, ...joined } = RULE;
    assert.match(
      problemOf({ ...joined, metrics: { a: 'a', b: 'b' }, expected: [{ metric: 'a' }] }),
      /expected: is allowed without `metrics` only/,
    );
  });

  it('are 1,000 at most of one rule, and 10,000 of all', () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => ({ tags: { i: `${i}` } }));
    assert.match(problemOf({ ...RULE, expected: many(1_001) }), /must hold at most 1000/);
    const rules = Array.from({ length: 11 }, (_, i) => ({
      ...RULE,
      name: `Silent${i}`,
      expected: many(1_000),
    }));
    parsed(...rules.slice(0, 10));
    assert.match(problemOf(...rules), /the rules expect 11000 series; at most 10000 are allowed/);
  });
});
