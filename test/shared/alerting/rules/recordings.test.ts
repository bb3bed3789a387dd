import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRules } from '../../../../shared/alerting/rules/rules-file.js';
import { TactusError } from '../../../../shared/core/errors.js';

const RECORDING = { record: 'cpu:spread', window: '10s', metric: 'cpu', expr: 'max - min' };

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

describe('a recording rule', () => {
  it('is named by its metric, and looks at windows of one metric or of several', () => {
    const [one, two] = parsed(RECORDING, {
      ...{ name: 'Errors', record: 'errors:ratio', window: '10s', expr: 'errors.sum / requests.sum' },
      metrics: { errors: { metric: 'errors', default: 0 }, requests: 'requests' },
      ...{ tenant: 'acme', labels: { severity: 'any name' } },
    });
    assert.deepEqual(
      [one?.name, one?.record],
      ['cpu:spread', { metric: 'cpu:spread', tenant: '*', reads: ['cpu'] }],
    );
    assert.deepEqual(two?.record, { metric: 'errors:ratio', tenant: 'acme', reads: ['errors', 'requests'] });
    assert.deepEqual(two?.labels, { severity: 'any name' });
  });

  it('gives a number, whole or not', () => {
    parsed({ ...RECORDING, expr: 'count' });
    parsed({ ...RECORDING, values: { spread: 'max - min' }, expr: 'spread / 2.0' });
    assert.match(
      problemOf({ ...RECORDING, expr: 'mean > 1.0' }),
      /rules\[0\]\.expr: gives bool; allowed are numbers/,
    );
  });

  it('has nothing of an alert, which the message names', () => {
    const ofAlerts = {
      ...{ for: '30s', keepFiringFor: '30s', staleAfter: '30s', noData: 'alert', severity: 'info' },
      annotations: { summary: 'text' },
    };
    for (const [key, value] of Object.entries(ofAlerts))
      assert.match(
        problemOf({ ...RECORDING, [key]: value }),
        new RegExp(
          `rules\\[0\\]\\.${key}: is allowed without \`record\` only: a recording rule raises no alert`,
        ),
        key,
      );
    assert.match(
      problemOf({ ...RECORDING, on: 'anomaly', expr: 'anomaly.score' }),
      /record: is allowed with `on: window` only/,
    );
  });

  it('makes no two series one', () => {
    assert.match(
      problemOf({ ...RECORDING, groupBy: ['host'] }),
      /groupBy: .* in the definition of the window/,
    );
    assert.match(
      problemOf({ ...RECORDING, metric: 'cpu.*' }),
      /rules\[0\]\.metric: must be the name of a metric/,
    );
    const { metric: _, ...everyMetric } = RECORDING;
    assert.match(problemOf(everyMetric), /rules\[0\]\.metric: must be there with `record`/);
  });

  it('records under the name of a metric, and one that it is not made of', () => {
    for (const record of ['', 'a|b', 'a*', 'x'.repeat(201), 'a\tb'])
      assert.match(
        problemOf({ ...RECORDING, name: 'Rule', record }),
        /rules\[0\]\.record: must be the name of a metric/,
      );
    assert.match(
      problemOf({ ...RECORDING, record: 'cpu' }),
      /record: must be another metric than the rule is made of/,
    );
    assert.match(problemOf({ ...RECORDING, record: 'Spread in %' }), /rules\[0\].*name/);
  });
});

describe('recording rules', () => {
  const made = { ...RECORDING, record: 'b', metric: 'a' };

  it('do not go round in circles, and are made of what was measured', () => {
    assert.match(
      problemOf(made, { ...made, record: 'a', metric: 'b' }),
      /rule "a": metric b is what rule "b" records/,
    );
    assert.match(
      problemOf(made, { ...made, record: 'c', metric: 'b' }),
      /rule "c": metric b is what rule "b" records/,
    );
    assert.match(
      problemOf({ ...made, record: 'c', metric: 'b' }, made),
      /rule "b": rule "c" is made of b, which it records/,
    );
    parsed({ ...made, tenant: 'acme' }, { ...made, record: 'c', metric: 'b', tenant: 'globex' });
    assert.match(
      problemOf({ ...made, tenant: 'ac*' }, { ...made, record: 'c', metric: 'b', tenant: 'acme' }),
      /rule "c"/,
    );
  });

  it('record a series once', () => {
    const named = (name: string, more: object = {}) => ({ ...made, name, ...more });
    assert.match(problemOf(named('A'), named('B', { window: '1m' })), /rule "B": rule "A" records b too/);
    assert.match(problemOf(made, made), /rule "b": its name is used twice/);
    assert.match(problemOf(named('A', { labels: { q: '1' } }), named('B')), /rule "B"/);
    parsed(named('A', { labels: { q: '0.5' } }), named('B', { labels: { q: '0.9' } }));
    parsed(named('A', { tenant: 'acme' }), named('B', { tenant: 'globex' }));
  });
});
