import type { AnomalySensitivity } from '../../schemas/types.js';
import { sensitivityId, sensitivityKey } from '../wire/sensitivity-key.js';
import { entryOf } from './audit-entry.js';
import type { ControlAccess } from './control-access.js';

export interface WantedSensitivity {
  readonly tenantId: string;
  /** A glob. */
  readonly metric: string;
  /** 0 to 1. */
  readonly sensitivity: number;
  readonly comment: string;
}

/** A sensitivity that is not written yet. @param before what it replaces; null for a new one */
export function plannedSensitivity(
  { clock, user }: Pick<ControlAccess, 'clock' | 'user'>,
  wanted: WantedSensitivity,
  before: AnomalySensitivity | null,
): AnomalySensitivity {
  // Each has a time of its own, which is its version.
  const updatedAt = Math.max(clock.now(), (before?.updatedAt ?? 0) + 1);
  return { id: sensitivityId(wanted.metric), ...wanted, author: user, updatedAt };
}

/** Puts a sensitivity in force. @param before what it replaces */
export async function setSensitivity(
  access: ControlAccess,
  planned: AnomalySensitivity,
  before: AnomalySensitivity | null,
): Promise<void> {
  const { id, tenantId, metric, sensitivity, comment } = planned;
  const details = {
    ...{ metric, sensitivity: `${sensitivity}`, comment },
    ...(before !== null && { before: `${before.sensitivity}` }),
  };
  await access.write({
    changes: [{ topic: 'control.sensitivities', key: sensitivityKey(tenantId, metric), value: planned }],
    entries: [entryOf(access, 'sensitivity.set', tenantId, `sensitivity/${id}`, details)],
  });
}

/** Anomalies of its metrics are reported as configured again. */
export async function removeSensitivity(
  access: ControlAccess,
  { id, tenantId, metric, sensitivity }: AnomalySensitivity,
): Promise<void> {
  const details = { metric, before: `${sensitivity}` };
  await access.write({
    changes: [{ topic: 'control.sensitivities', key: sensitivityKey(tenantId, metric), value: null }],
    entries: [entryOf(access, 'sensitivity.remove', tenantId, `sensitivity/${id}`, details)],
  });
}
