import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DetectorSensitivity } from '../../../../services/api/acting/detector-sensitivity.js';
import { MetricSensitivities } from '../../../../shared/detection/metric-sensitivities.js';
import { KnownTenants } from '../../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE } from '../../../../shared/tenancy/profile.js';
import { setFor } from '../../../shared/detection/sensitivities.js';

test('what is expected has the sensitivity that is configured, that of the tenant and that of the metric', () => {
  const tenants = new KnownTenants();
  const metrics = new MetricSensitivities();
  const sensitivity = new DetectorSensitivity(0.5, tenants, metrics);
  assert.deepEqual(sensitivity.of('acme', 'cpu'), { ofMetric: 0.5, ofDetector: 0.5 });
  setFor(metrics, 'acme', 'c*', 1);
  assert.deepEqual(sensitivity.of('acme', 'cpu'), { ofMetric: 1, ofDetector: 2.5 });
  tenants.useRecord('acme', { ...NO_PROFILE, sensitivity: 0 });
  assert.deepEqual(sensitivity.of('acme', 'cpu'), { ofMetric: 1, ofDetector: 0.5 });
  assert.deepEqual(sensitivity.of('acme', 'cpu', 0), { ofMetric: 0, ofDetector: 0.2 }, 'what is tried');
  assert.deepEqual(sensitivity.of('bolt', 'cpu'), { ofMetric: 0.5, ofDetector: 0.5 });
});
