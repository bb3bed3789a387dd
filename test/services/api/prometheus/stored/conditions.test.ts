import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MatcherMaker } from '../../../../../services/api/prometheus/promql/model/matchers.js';
import { conditionOf, namesMetric } from '../../../../../services/api/prometheus/stored/conditions.js';

const makeMatcher: MatcherMaker['make'] = (...matcher) => new MatcherMaker().make(...matcher);

describe('conditions of matchers', () => {
  it('compare names and tags, and leave patterns to what reads the answer', () => {
    const matchers = [
      makeMatcher('__name__', '=', 'a.b'),
      makeMatcher('host', '!=', ''),
      makeMatcher('x', '=~', '.*'),
    ];
    assert.deepEqual(conditionOf(matchers, 4), {
      sql: " AND metric = $4 AND coalesce(tags ->> $5, '') <> $6",
      values: ['a.b', 'host', ''],
      isExact: false,
    });
    assert.equal(namesMetric(matchers), true);
    assert.equal(namesMetric([makeMatcher('__name__', '!=', 'a')]), false);
  });

  it('never hold what a user wrote', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.constantFrom('=', '!=' as const), (name, value, operator) => {
        const { sql, values } = conditionOf([makeMatcher(name, operator, value)], 1);
        assert.match(sql, /^ AND (metric|coalesce\(tags ->> \$1, ''\)) (=|<>) \$\d$/);
        assert.equal(values.at(-1), value);
      }),
    );
  });
});
