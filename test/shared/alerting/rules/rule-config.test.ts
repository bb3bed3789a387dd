import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { RuleConfig } from '../../../../schemas/types.js';
import { Rules } from '../../../../services/alerting/rules/rules.js';
import {
  ownRuleConfig,
  ownRuleValues,
  type RuleValues,
  ruleOf,
} from '../../../../shared/alerting/rules/rule-config.js';

const RULE: RuleConfig = {
  ...{ id: 'R', tenantGlob: '*', expression: 'mean > 1.0', on: 'window', window: '10s', metricGlob: '*' },
  ...{ forMs: 0, keepFiringForMs: 0, staleAfterMs: null, noData: 'resolve', severity: 'info', enabled: true },
  ...{ model: null, threshold: null, sensitivity: null, record: null, expected: [] },
  ...{ flapHigh: null, flapLow: null },
  ...{ metrics: {}, values: {}, groupBy: [], labels: {}, annotations: {}, updatedAt: 0 },
};

test('a record with times before none, or too many tags, is refused', () => {
  const cases: [Partial<RuleConfig>, RegExp][] = [
    [{ forMs: -1 }, /^rule "R": for: must be a duration .*: value was "-1ms"$/],
    [{ keepFiringForMs: -86_400_000 }, /keepFiringFor: must be a duration/],
    [{ staleAfterMs: -5 }, /staleAfter: must be a duration .*: value was "-5ms"$/],
    [{ groupBy: Array.from({ length: 101 }, (_, i) => `t${i}`) }, /groupBy: must hold at most 100/],
  ];
  for (const [more, expected] of cases)
    assert.throws(() => ruleOf({ ...RULE, ...more }), { message: expected });
  assert.throws(
    () => ruleOf({ ...RULE, id: 'x'.repeat(1_000_000) }),
    ({ message }: Error) => message.length < 1_000,
  );
});

function followed() {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(line) });
  const rules = new Rules('', log, () => {});
  return { rules, lines };
}

test('a wrong record where none was in force changes nothing, and one in place of a good one ends that', () => {
  const { rules, lines } = followed();
  const before = rules.version;
  for (let i = 0; i < 10; i++) rules.changed('Bad', { ...RULE, expression: 'mena > 1.0' });
  assert.equal(rules.version, before);
  const [remark = '', ...more] = rules.remarks;
  assert.match(remark, /^not in force: rule "Bad": expr \(character 1\): Unknown variable: mena/);
  assert.deepEqual(more, []);
  rules.changed('Bad', null);
  assert.deepEqual(rules.remarks, []);
  assert.equal(lines.filter((line) => line.includes('mena')).length, 10);
  rules.changed('R', RULE);
  assert.ok(rules.current.some(({ name }) => name === 'R'));
  rules.changed('R', { ...RULE, expression: 'mena > 1.0' });
  assert.ok(!rules.current.some(({ name }) => name === 'R'));
  assert.equal(rules.version, before + 2);
});

test('more rules than there may be, or than have time, are refused by name, and the log stays short', () => {
  const { rules, lines } = followed();
  const own = () => rules.current.filter(({ name }) => name.startsWith('Own')).length;
  for (let i = 0; i < 1_001; i++) rules.changed(`Own${i}`, RULE);
  assert.equal(own(), 1_000);
  assert.match(lines.at(-1) ?? '', /rule \\"Own1000\\": at most 1000 rules are allowed/);
  for (let i = 0; i < 1_001; i++) rules.changed(`Off${i}`, { ...RULE, enabled: false });
  assert.match(lines.at(-1) ?? '', /at most 2000 records of rules are allowed/);
  assert.ok(Math.max(...lines.map((line) => line.length)) < 3_000);
  const heavy = 'tags.all(b, tags[b].matches("(a|b|c|d|e|f){3}"))';
  for (let i = 0; i < 1_000; i++) rules.changed(`Own${i}`, null);
  let refused = '';
  for (let i = 0; i < 1_000 && refused === ''; i++) {
    rules.changed(`Own${i}`, { ...RULE, expression: heavy });
    if (!rules.current.some(({ name }) => name === `Own${i}`)) refused = lines.at(-1) ?? '';
  }
  assert.match(refused, /rule \\"Own\d+\\": the rules may take \d+ steps/);
});

test('a recording rule that records what another does is not in force, nor one that reads it, until that is gone', () => {
  const { rules } = followed();
  const recording = { ...RULE, metricGlob: 'm', expression: 'max - min', record: 'm:spread' };
  rules.changed('First', recording);
  rules.changed('Second', recording);
  rules.changed('Third', { ...recording, metricGlob: 'm:spread', record: 'm:next' });
  const inForce = () => rules.current.flatMap(({ name, record }) => (record === null ? [] : [name]));
  assert.deepEqual(inForce(), ['First']);
  assert.deepEqual(
    rules.remarks.map((remark) => remark.slice(0, 40)),
    ['not in force: rule "Second": rule "First', 'not in force: rule "Third": metric m:spr'],
  );
  rules.changed('First', null);
  assert.deepEqual(inForce(), ['Second']);
});

test('a recording rule of a tenant puts none that is for others out of force, whichever came first', () => {
  const { rules } = followed();
  const ofAll: RuleConfig = {
    ...RULE,
    id: 'All',
    metricGlob: 'm',
    expression: 'max - min',
    record: 'm:spread',
  };
  const values: RuleValues = { name: 'Own', window: '10s', metric: 'n', expr: 'mean', record: 'm' };
  const own = ownRuleConfig('acme', values, { enabled: true, updatedAt: 7 });
  const inForce = () => rules.current.flatMap(({ name, record }) => (record === null ? [] : [name]));
  rules.changed('All', ofAll);
  rules.changed(own.id, own);
  assert.deepEqual(inForce(), ['All']);
  assert.match(
    rules.remarks[0] ?? '',
    /^not in force: rule ".*:Own": rule "All" is made of m, which it records/,
  );
  rules.changed('All', null);
  assert.deepEqual(inForce(), [own.id]);
  rules.changed('All', ofAll);
  assert.deepEqual(inForce(), ['All']);
});

test('a rule that a tenant makes is of its series alone, and neither replaces nor switches off one of that name', () => {
  const values = { name: 'HostCpuHigh', window: '10s', expr: 'mean > 1.0' } as const;
  const record = ownRuleConfig('acme', values, { enabled: true, updatedAt: 7 });
  const { rules } = followed();
  const before = rules.current.map(({ name }) => name);
  assert.ok(before.includes(values.name));
  rules.changed(record.id, record);
  const [own] = rules.current.filter(({ name }) => !before.includes(name));
  assert.deepEqual([own?.alertName, own?.tenant('acme'), own?.tenant('bolt')], [values.name, true, false]);
  assert.ok(rules.current.some(({ name }) => name === values.name));
  const off = ownRuleConfig('acme', values, { enabled: false, updatedAt: 8 });
  rules.changed(off.id, off);
  assert.deepEqual(
    rules.current.map(({ name }) => name),
    before,
  );
  assert.notEqual(ownRuleConfig('bolt', values, { enabled: true, updatedAt: 7 }).id, record.id);
  assert.throws(() => ownRuleConfig('*', values, { enabled: true, updatedAt: 7 }), /without \* and \?/);
  assert.throws(
    () => ownRuleConfig('acme', { ...values, expr: 'mena' }, { enabled: true, updatedAt: 7 }),
    /expr/,
  );
});

test('a rule of a tenant is written as it was made', () => {
  const one: RuleValues[] = [
    { name: 'A', window: '10s', expr: 'mean > 1.0' },
    {
      ...{ name: 'B', window: '1m', metric: 'a.*', expr: 'mean > 1.0', for: '30s', keepFiringFor: '1m' },
      ...{
        staleAfter: '5m',
        noData: 'keep',
        severity: 'critical',
        groupBy: ['host'],
        labels: { team: 'web' },
      },
      annotations: { summary: '{{value}} of {{tags.host}}' },
    },
    {
      ...{ name: 'C', window: '10s', values: { rate_: 'errors.sum / requests.sum' }, expr: 'rate_ > 0.1' },
      metrics: { errors: { metric: 'e', default: 0 }, requests: 'r' },
    },
    { name: 'G', window: '10s', expr: 'mean > 1.0', flapping: true },
    { name: 'H', window: '10s', expr: 'mean > 1.0', flapping: { high: 40, low: 10 } },
    { name: 'D', on: 'anomaly', expr: 'anomaly.score > 0.7' },
    { name: 'E', on: 'anomaly', model: 'level', threshold: 0.8, sensitivity: 'high' },
    { name: 'F', on: 'anomaly', sensitivity: 0.3, expr: 'anomaly.value > 1.0' },
    { name: 'E', window: '10s', metric: 'm', noData: 'alert' },
    { name: 'G', window: '10s', metric: 'm', noData: 'alert', expected: [{ tags: { host: 'a' } }] },
    { name: 'H', window: '10s', metric: 'm*', noData: 'alert', expected: [{ metric: 'mm', tags: {} }] },
    { name: 'F', record: 'm:spread', window: '10s', metric: 'm', expr: 'max - min', labels: { of: 'all' } },
  ];
  for (const values of one) {
    const record = ownRuleConfig('acme', values, { enabled: true, updatedAt: 7 });
    const again = ownRuleConfig('acme', ownRuleValues(record), { enabled: true, updatedAt: 7 });
    assert.deepEqual(again, record);
    assert.equal(ownRuleValues(record).name, values.name);
    assert.deepEqual(ownRuleValues(record).expected, values.expected);
  }
});

test("a tenant's rule that would make one alert of all series is refused, since a record cannot say so", () => {
  const values: RuleValues = { name: 'Hot', window: '10s', expr: 'mean > 80.0', groupBy: [] };
  assert.throws(() => ownRuleConfig('acme', values, { enabled: true, updatedAt: 0 }), {
    message: /^rule "Hot": groupBy: must name at least one tag/,
  });
});
