import assert from 'node:assert/strict';
import type { AnomalySensitivity } from '../../../schemas/types.js';
import type { MetricSensitivities } from '../../../shared/detection/metric-sensitivities.js';
import { sensitivityId, sensitivityKey } from '../../../shared/wire/sensitivity-key.js';

export function sensitivityOf(tenantId: string, metric: string, sensitivity: number): AnomalySensitivity {
  return {
    ...{ id: sensitivityId(metric), tenantId, metric, sensitivity },
    ...{ author: 'ann', comment: '', updatedAt: 1 },
  };
}

/** As the topic has it. @returns what removes it */
export function setFor(all: MetricSensitivities, tenantId: string, metric: string, sensitivity: number) {
  const key = sensitivityKey(tenantId, metric);
  assert.equal(all.changed(key, sensitivityOf(tenantId, metric, sensitivity)), null);
  return () => all.changed(key, null);
}
