import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert } from '../../../../schemas/types.js';
import { Harness, windowOf } from '../helpers.js';

const rules = (rule: string) => `rules: [{ name: Hot, window: 10s, ${rule} }]`;
const cpu = (part: string, n: number, mean: number, tenantId = 'acme') =>
  windowOf(n, mean, { tenantId, metric: `cpu_${part}` });
const brief = ({ state, labels, annotations }: Alert) =>
  [state, labels.tenant, labels.metric, annotations.resolution]
    .filter((text) => text !== undefined)
    .join(' ');

/** Alerts of an instance with rules `to` that goes on from one with rules `from`, on what both see. */
function taken(from: string, to: string, before: readonly number[], after: readonly number[] = []): string[] {
  const first = new Harness(rules(from));
  for (const n of before) first.windows(cpu('user', n, 90), cpu('sys', n, 90));
  const second = first.restarted(rules(to));
  second.tick(0);
  for (const n of after) second.windows(cpu('user', n, 90), cpu('sys', n, 90));
  second.tick(60_000);
  second.tick(60_000);
  return second.alerts.map(brief);
}

const ABOVE = 'expr: mean > 80.0, staleAfter: 100s';
const CALM = 'expr: mean > 95.0, staleAfter: 100s';

describe('a rule that looks at fewer series than before', () => {
  it('raises no alerts of the silence of the others', () => {
    for (const narrow of ['metric: cpu_user', 'metric: cpu*, tenant: globex']) {
      const alerts = taken(
        `metric: cpu*, ${CALM}, noData: alert`,
        `${narrow}, ${CALM}, noData: alert`,
        [0, 1],
        [2, 3],
      );
      assert.ok(!alerts.some((alert) => alert.includes('cpu_sys')), `${narrow}: ${alerts}`);
    }
  });

  it('ends the alerts of the others, whatever it says of silence', () => {
    for (const noData of ['keep', 'alert', 'resolve'])
      assert.deepEqual(
        taken(
          `metric: cpu*, ${ABOVE}, noData: ${noData}`,
          `metric: cpu_user, ${ABOVE}, noData: ${noData}`,
          [0],
        ).slice(0, 1),
        ['resolved acme cpu_sys rule_changed'],
        noData,
      );
    assert.deepEqual(
      taken(
        `metric: cpu*, ${ABOVE}, noData: keep`,
        `metric: cpu*, tenant: globex, ${ABOVE}, noData: keep`,
        [0],
      ),
      ['resolved acme cpu_user rule_changed', 'resolved acme cpu_sys rule_changed'],
    );
  });

  it('goes on with the alerts that it is for, joined ones too', () => {
    assert.deepEqual(taken(`metric: cpu*, ${ABOVE}`, `metric: 'cpu_*', ${ABOVE}`, [0], [1, 2]).slice(2), []);
    const joined = (tenant: string) => `rules:
  - { name: Both, window: 10s, tenant: '${tenant}', expr: user.mean + sys.mean > 80.0, noData: alert,
      metrics: { user: cpu_user, sys: cpu_sys } }
`;
    const first = new Harness(joined('*'), { on: 'state.joins' });
    for (const tenantId of ['acme', 'globex'])
      first.windows(cpu('user', 0, 90, tenantId), cpu('sys', 0, 90, tenantId));
    const second = first.restarted(joined('acme'));
    assert.deepEqual(second.tick(0).map(brief), ['resolved globex rule_changed']);
    assert.deepEqual(second.tick(60_000).map(brief), []);
  });
});

describe('a rule that says otherwise of silence than before', () => {
  it('ends what silence has raised', () => {
    for (const noData of ['keep', 'resolve']) {
      const first = new Harness(rules(`metric: cpu*, ${CALM}, noData: alert`));
      first.windows(cpu('user', 0, 10));
      first.tick(100_000);
      assert.deepEqual(first.alerts.map(brief), ['firing acme cpu_user'], noData);
      const second = first.restarted(rules(`metric: cpu*, ${CALM}, noData: ${noData}`));
      assert.deepEqual(second.tick(0).map(brief), ['resolved acme cpu_user rule_changed'], noData);
      assert.equal(second.changelog.size, 0);
    }
  });

  it('goes on with alerts whose condition holds', () => {
    for (const noData of ['keep', 'resolve']) {
      const first = new Harness(rules(`metric: cpu*, ${ABOVE}, noData: alert`));
      first.windows(cpu('user', 0, 90));
      const second = first.restarted(rules(`metric: cpu*, ${ABOVE}, noData: ${noData}`));
      assert.deepEqual(second.tick(0).map(brief), [], noData);
      second.windows(cpu('user', 1, 90));
      assert.deepEqual(second.alerts.map(brief), [], noData);
      assert.deepEqual(second.windows(cpu('user', 2, 10)).map(brief), ['resolved acme cpu_user recovered']);
    }
  });

  it('lets alerts end by silence that were kept before, and keeps those that were not', () => {
    const ends = (from: string, to: string) =>
      taken(`metric: cpu_user, ${ABOVE}, noData: ${from}`, `metric: cpu_user, ${ABOVE}, noData: ${to}`, [0]);
    assert.deepEqual(ends('keep', 'resolve'), ['resolved acme cpu_user silent']);
    assert.deepEqual(ends('resolve', 'keep'), []);
  });

  it('waits for as long as it says now', () => {
    const short = 'metric: cpu_user, expr: mean > 80.0, staleAfter: 10s';
    assert.deepEqual(taken(short, short.replace('10s', '200s'), [0]), []);
    assert.deepEqual(taken(short.replace('10s', '200s'), short, [0]), ['resolved acme cpu_user silent']);
    const kept = `${short}, keepFiringFor: 1h`;
    assert.deepEqual(taken(kept, short, [0]), ['resolved acme cpu_user silent']);
  });
});
