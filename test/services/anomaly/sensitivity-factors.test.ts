import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DetectionRule, watches } from '../../../services/anomaly/detection-rules.js';
import { SensitivityFactors } from '../../../services/anomaly/sensitivity-factors.js';
import { parseTenants } from '../../../shared/catalog/tenants-file.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { MetricSensitivities } from '../../../shared/detection/metric-sensitivities.js';
import { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE, type TenantProfile } from '../../../shared/tenancy/profile.js';
import { setFor } from '../../shared/detection/sensitivities.js';

const REST: DetectionRule = {
  ...{ metrics: '*', tenants: '*', window: '10s', field: 'mean', sensitivity: 1, above: null, below: null },
};
const profile = (sensitivity: number): TenantProfile => ({ ...NO_PROFILE, sensitivity });
const file = (text: string) => parseTenants(`tenants:\n${text}`, 'tenants.yaml');

function setUp(...rules: Partial<DetectionRule>[]) {
  const tenants = new KnownTenants();
  const metrics = new MetricSensitivities();
  const made: number[] = [];
  const watchOf = watches(
    [...rules, {}].map((rule) => ({ ...REST, ...rule })),
    ({ sensitivity }) => {
      made.push(Number(sensitivity.toPrecision(6)));
      return ensemble({ sensitivity });
    },
    new SensitivityFactors(tenants, metrics),
  );
  /** The sensitivity that a series is watched with. */
  const at = (tenantId: string, metric = 'cpu') => {
    made.length = 0;
    tenants.useRecord('nobody', null);
    watchOf(tenantId, metric);
    return made[0];
  };
  return { tenants, metrics, watchOf, made, at };
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

test('a tenant of the level basic, or without real time, is not watched, and is again when that changes', () => {
  const { tenants, at } = setUp();
  for (const off of [{ monitoringLevel: 'basic' }, { realTimeEnabled: false }] as const) {
    tenants.useRecord('acme', { ...NO_PROFILE, ...off });
    assert.deepEqual([at('acme'), at('bolt')], [undefined, 1]);
    tenants.useRecord('acme', { ...NO_PROFILE, monitoringLevel: 'comprehensive', realTimeEnabled: true });
    assert.equal(at('acme'), 1);
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

test('what is set for a metric multiplies with the profile of its tenant, within what a detector takes', () => {
  const { tenants, metrics, at } = setUp();
  setFor(metrics, 'acme', 'c*', 1);
  assert.deepEqual([at('acme'), at('acme', 'disk'), at('bolt')], [5, 1, 1]);
  tenants.useRecord('acme', profile(0.6));
  assert.deepEqual([at('acme'), at('acme', 'disk')], [5, 1.37973]);
  tenants.useRecord('acme', profile(0));
  assert.deepEqual([at('acme'), at('acme', 'disk')], [1, 0.2]);
  setFor(metrics, 'acme', 'cpu', 0.4);
  assert.deepEqual([at('acme'), at('acme', 'cpus')], [0.2, 1]);
  tenants.useRecord('acme', { ...profile(1), monitoringLevel: 'basic' });
  assert.equal(at('acme'), undefined);
});

test('a series is watched by what is set for its metric from the next window on', () => {
  const { metrics, watchOf, made } = setUp();
  watchOf('acme', 'cpu');
  const remove = setFor(metrics, 'acme', 'cpu', 0);
  watchOf('acme', 'cpu');
  watchOf('acme', 'cpu');
  remove();
  watchOf('acme', 'cpu');
  assert.deepEqual(made, [1, 0.2, 1]);
});
