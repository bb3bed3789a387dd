import { createHash } from 'node:crypto';
import { recordKey } from './series.js';

/** The id of a sensitivity among those of its tenant. */
export function sensitivityId(metric: string): string {
  return createHash('sha256').update(metric).digest('hex').slice(0, 16);
}

/** Key of `control.sensitivities`. */
export function sensitivityKey(tenantId: string, metric: string): string {
  return recordKey(tenantId, sensitivityId(metric));
}
