import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { TenantConfig } from '../../../schemas/types.js';
import { type DetectionRule, watches } from '../../../services/anomaly/detection-rules.js';
import { TenantSensitivities } from '../../../services/anomaly/tenant-sensitivities.js';
import { parseTenants } from '../../../shared/catalog/tenants-file.js';
import { ensemble } from '../../../shared/detection/ensemble.js';

const REST: DetectionRule = {
  ...{ metrics: '*', tenants: '*', window: '10s', field: 'mean', sensitivity: 1, above: null, below: null },
};
const profile = (sensitivity: number): TenantConfig => ({
  ...{ id: 'acme', name: 'Acme', monitoringLevel: 'standard', complianceMode: 'none', retentionDays: null },
  ...{ thresholds: {}, sensitivity, updatedAt: 0 },
});
const file = (text: string) => parseTenants(`tenants:\n${text}`, 'tenants.yaml');

function setUp(...rules: Partial<DetectionRule>[]) {
  const logged: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => logged.push(JSON.parse(line).msg) });
  const tenants = new TenantSensitivities(log);
  const made: number[] = [];
  const watchOf = watches(
    [...rules, {}].map((rule) => ({ ...REST, ...rule })),
    ({ sensitivity }) => {
      made.push(Number(sensitivity.toPrecision(6)));
      return ensemble({ sensitivity });
    },
    tenants,
  );
  /** The sensitivity that a series is watched with. */
  const at = (tenantId: string, metric = 'cpu') => {
    made.length = 0;
    tenants.useRecord('nobody', null);
    watchOf(tenantId, metric);
    return made[0];
  };
  return { tenants, watchOf, made, at, logged };
}

test('a profile changes the sensitivity of the rules from a fifth to five times, within what a detector takes', () => {
  const { tenants, at } = setUp({ metrics: 'disk', sensitivity: 2 });
  assert.deepEqual([at('acme'), at('acme', 'disk')], [1, 2]);
  const wanted: [number, number, number][] = [
    [0, 0.2, 0.4],
    [0.5, 1, 2],
    [0.6, 1.37973, 2.75946],
    [1, 5, 5],
  ];
  for (const [sensitivity, cpu, disk] of wanted) {
    tenants.useRecord('acme', profile(sensitivity));
    assert.deepEqual([at('acme'), at('acme', 'disk'), at('bolt')], [cpu, disk, 1]);
  }
  tenants.useRecord('acme', null);
  assert.equal(at('acme'), 1);
});

test('TENANTS_FILE goes before control.tenants for as long as it names a tenant', () => {
  const { tenants, at } = setUp();
  tenants.useRecord('acme', profile(1));
  tenants.useFile(file('  - { id: acme, sensitivity: 0.5 }'));
  assert.equal(at('acme'), 1);
  tenants.useFile(file('  - { id: acme, maxSeries: 7 }'));
  assert.equal(at('acme'), 5);
});

test('a wrong sensitivity is logged with value and what is allowed, and counts as none', () => {
  const { tenants, at, logged } = setUp();
  tenants.useRecord('acme', profile(1));
  for (const wrong of [-0.1, 2, Number.NaN]) {
    tenants.useRecord('acme', profile(wrong));
    assert.equal(at('acme'), 1);
    assert.match(
      logged.pop() ?? '',
      new RegExp(`acme: sensitivity: must be a number from 0 to 1; it is ${wrong}$`),
    );
  }
});

test('series with the same rule and sensitivity share a detector, until a profile changes', () => {
  const { tenants, watchOf, made } = setUp();
  tenants.useRecord('acme', profile(1));
  const watched = watchOf('bolt', 'cpu');
  assert.equal(watchOf('cara', 'memory'), watched);
  assert.notEqual(watchOf('acme', 'cpu'), watched);
  assert.deepEqual(made, [1, 5]);
  assert.equal(watchOf('acme', 'cpu'), watchOf('acme', 'memory'));
  tenants.useRecord('bolt', profile(1));
  assert.equal(watchOf('bolt', 'cpu'), watchOf('acme', 'cpu'));
});
