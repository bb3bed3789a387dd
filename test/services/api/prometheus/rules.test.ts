import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Parameters } from '../../../../services/api/prometheus/parameters.js';
import { type RuleAlert, ruleFilter, ruleGroups } from '../../../../services/api/prometheus/rules.js';
import type { Origin, TenantRule } from '../../../../services/api/rules/rules-of-tenant.js';

const rule = (name: string, origin: Origin, more: Partial<TenantRule> = {}): TenantRule => ({
  ...{ id: origin === 'api' ? `0123:${name}` : name, name, origin, enabled: true, updatedAt: null },
  values: {
    name,
    window: '10s',
    expr: 'mean > 1.0',
    for: '1m30s',
    labels: { team: 'web' },
    severity: 'critical',
  },
  ...more,
});
const RULES = [rule('Slow', 'api'), rule('Slow', 'file'), rule('Off', 'control', { enabled: false })];
const ALERTS: RuleAlert[] = [
  {
    ...{ rule: '0123:Slow', labels: { alertname: 'Slow', shop: 'a' }, annotations: {}, state: 'firing' },
    ...{ activeAt: '2026-01-01T00:00:00.000Z', value: '5e+00' },
  },
];
const states = (id: string) => ({
  ...{ firing: id === '0123:Slow' ? 1 : 0, pending: 0, problem: id === 'Slow' ? 'it fails' : null },
});
const groups = (query: string) =>
  ruleGroups(
    RULES,
    { states, recorded: new Map() },
    ALERTS,
    ruleFilter(new Parameters([new URLSearchParams(query)])),
  );

describe('rules in Prometheus’s form', () => {
  it('are in a group for each place where they come from, with their alerts', () => {
    const [api, file, ...more] = groups('');
    assert.deepEqual(
      [api?.name, api?.file, file?.name, file?.file, more],
      ['api', 'api', 'file', 'RULES_FILE', []],
    );
    assert.deepEqual(api?.rules, [
      {
        ...{ state: 'firing', name: 'Slow', query: 'mean > 1.0', duration: 90, keepFiringFor: 0 },
        ...{ labels: { team: 'web', severity: 'critical' }, annotations: {}, health: 'ok', type: 'alerting' },
        alerts: ALERTS.map(({ rule: _, ...alert }) => alert),
        ...{ evaluationTime: 0, lastEvaluation: '0001-01-01T00:00:00Z' },
      },
    ]);
    const [failing] = file?.rules ?? [];
    assert.deepEqual(
      [failing && 'state' in failing && failing.state, failing?.health, failing?.lastError],
      ['inactive', 'err', 'it fails'],
    );
  });

  it('record or alert, which they are asked for by', () => {
    const values = {
      name: 'Errors',
      record: 'errors:ratio',
      window: '10s',
      expr: 'max - min',
      labels: { a: 'b' },
    };
    const rules = [rule('Slow', 'file'), rule('Errors', 'file', { values })];
    const asked = (query: string) =>
      ruleGroups(
        rules,
        { states, recorded: new Map([['Errors', 1_000]]) },
        ALERTS,
        ruleFilter(new Parameters([new URLSearchParams(query)])),
      ).flatMap((group) => group.rules);
    assert.deepEqual(asked('type=record'), [
      {
        ...{ name: 'errors:ratio', query: 'max - min', labels: { a: 'b' }, health: 'ok', type: 'recording' },
        ...{ evaluationTime: 0, lastEvaluation: '1970-01-01T00:00:01.000Z' },
      },
    ]);
    assert.deepEqual(asked('rule_name[]=errors:ratio').length, 1);
    assert.deepEqual(
      asked('').map(({ type }) => type),
      ['alerting', 'recording'],
    );
  });

  it('say what they are about where they have no condition', () => {
    const of = (values: Partial<TenantRule['values']>) =>
      ruleGroups(
        [rule('One', 'file', { values: { name: 'One', ...values } })],
        { states, recorded: new Map() },
        [],
        ruleFilter(new Parameters([new URLSearchParams()])),
      ).flatMap((group) => group.rules.map(({ query }) => query));
    assert.deepEqual(of({ on: 'anomaly', model: 'season', threshold: 0.8, sensitivity: 'high' }), [
      'score of season >= 0.8 at sensitivity high',
    ]);
    assert.deepEqual(of({ on: 'anomaly', sensitivity: 0.5 }), ['score of anomaly_detector >= 0.5']);
    assert.deepEqual(of({ noData: 'alert' }), ['no data']);
  });

  it('are filtered as Prometheus documents it', () => {
    const shown = (query: string) => groups(query).map(({ name, rules }) => `${name} ${rules.length}`);
    assert.deepEqual(shown('type=record'), []);
    assert.deepEqual(shown('type=alert'), ['api 1', 'file 1']);
    assert.deepEqual(shown('rule_name[]=Slow&rule_name[]=No'), ['api 1', 'file 1']);
    assert.deepEqual(shown('rule_name[]=No'), []);
    assert.deepEqual(shown('rule_group[]=file'), ['file 1']);
    assert.deepEqual(shown('file[]=api'), ['api 1']);
    const [withoutAlerts] = groups('exclude_alerts=true')[0]?.rules ?? [];
    assert.deepEqual(withoutAlerts && 'alerts' in withoutAlerts && withoutAlerts.alerts, []);
    for (const wrong of ['type=other', 'exclude_alerts=perhaps'])
      assert.throws(() => groups(wrong), { code: 'TACTUS_PROMQL_INVALID' });
  });
});
