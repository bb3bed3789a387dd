import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { RuleConfig } from '../../../../schemas/types.js';
import { rulesOfTenant } from '../../../../services/api/rules/rules-of-tenant.js';
import { ownRuleConfig } from '../../../../shared/alerting/rules/rule-config.js';
import { loadWrittenRules } from '../../../../shared/alerting/rules/rules-file.js';

const FILE = `rules:
  - name: Slow
    window: 10s
    metric: latency
    expr: mean > 300.0
    for: 1m
    groupBy: [shop]
    labels: &team { team: web }
    annotations: { summary: "{{tags.shop}} is slow" }
  - { name: Errors, window: 1m, metrics: { errors: { metric: errors, default: 0 }, all: requests }, expr: errors.sum > all.sum, labels: *team }
  - { name: Acme, tenant: "acm*", on: anomaly, expr: anomaly.score > 0.9, severity: critical }
  - { name: Globex, tenant: globex, window: 10s, expr: mean > 1.0 }
`;

const record = (id: string, tenantGlob: string, more: Partial<RuleConfig> = {}): [string, RuleConfig] => [
  id,
  {
    ...{ id, tenantGlob, expression: 'mean > 5.0', on: 'window', window: '10s', metricGlob: '*', forMs: 0 },
    ...{ model: null, threshold: null, sensitivity: null, record: null, expected: [] },
    ...{ flapHigh: null, flapLow: null },
    ...{ keepFiringForMs: 0, staleAfterMs: null, noData: 'resolve', severity: 'info', enabled: true },
    ...{ metrics: {}, values: {}, groupBy: [], labels: {}, annotations: {}, updatedAt: 7, ...more },
  },
];
const own = (tenantId: string, name: string): [string, RuleConfig] => {
  const values = { name, window: '10s', expr: 'mean > 9.0' };
  const config = ownRuleConfig(tenantId, values, { enabled: true, updatedAt: 8 });
  return [config.id, config];
};

describe('the rules that are about a tenant', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-rules-'));
  const path = join(folder, 'rules.yaml');
  writeFileSync(path, FILE);
  const { rules: file } = loadWrittenRules(path);
  after(() => rmSync(folder, { recursive: true }));
  const namesOf = (tenantId: string, records: [string, RuleConfig][] = []) =>
    rulesOfTenant(tenantId, new Map(records), file).map(({ name, origin }) => `${name} ${origin}`);

  it('are those of the file for it, as they are written there, without the tenant', () => {
    assert.deepEqual(namesOf('acme'), ['Acme file', 'Errors file', 'Slow file']);
    assert.deepEqual(namesOf('globex'), ['Errors file', 'Globex file', 'Slow file']);
    const [acme, errors, slow] = rulesOfTenant('acme', new Map(), file);
    assert.deepEqual(acme?.values, {
      ...{ name: 'Acme', on: 'anomaly', expr: 'anomaly.score > 0.9', severity: 'critical' },
    });
    assert.deepEqual(errors?.values, {
      ...{ name: 'Errors', on: 'window', window: '1m', expr: 'errors.sum > all.sum', severity: 'warning' },
      metrics: { errors: { metric: 'errors', default: 0 }, all: 'requests' },
      labels: { team: 'web' },
    });
    assert.deepEqual(slow?.values, {
      ...{ name: 'Slow', on: 'window', window: '10s', metric: 'latency', expr: 'mean > 300.0', for: '1m' },
      ...{ severity: 'warning', groupBy: ['shop'], labels: { team: 'web' } },
      annotations: { summary: '{{tags.shop}} is slow' },
    });
  });

  it('and those of control.rules for it, which stand for those of the file of their name', () => {
    const records = [
      record('Slow', '*', { enabled: false }),
      record('Wide', 'ac*'),
      record('Other', 'globex'),
    ];
    assert.deepEqual(namesOf('acme', records), ['Acme file', 'Errors file', 'Slow control', 'Wide control']);
    assert.deepEqual(namesOf('globex', records), [
      ...['Errors file', 'Globex file', 'Other control', 'Slow control'],
    ]);
  });

  it('expect series of the tenant, and show none of others', () => {
    const acme = { tenantId: 'acme', metric: 'up', tags: { host: 'a' } };
    const theirs = { tenantId: 'globex', metric: 'up', tags: { host: 'secret' } };
    writeFileSync(
      path,
      JSON.stringify({
        rules: [
          {
            ...{ name: 'Up', window: '10s', metric: 'up', noData: 'alert' },
            expected: [acme, theirs].map(({ tenantId: tenant, ...one }) => ({ tenant, ...one })),
          },
        ],
      }),
    );
    const records = [record('Wide', '*', { metricGlob: 'up', noData: 'alert', expected: [acme, theirs] })];
    const { rules } = loadWrittenRules(path);
    for (const { name, values } of rulesOfTenant('initech', new Map(records), rules))
      assert.ok(!('expected' in values), `${name}: an empty list could not be saved`);
    const found = rulesOfTenant('acme', new Map(records), rules);
    assert.deepEqual(
      found.map(({ name, values }) => [name, values.expected]),
      [
        ['Up', [{ metric: 'up', tags: { host: 'a' } }]],
        ['Wide', [{ tags: { host: 'a' } }]],
      ],
    );
    assert.doesNotMatch(JSON.stringify(found), /secret|globex/);
  });

  it('and its own, beside others of their name, and none that another tenant has made', () => {
    const records = [own('acme', 'Slow'), own('globex', 'Theirs')];
    assert.deepEqual(namesOf('acme', records), ['Acme file', 'Errors file', 'Slow api', 'Slow file']);
  });
});
