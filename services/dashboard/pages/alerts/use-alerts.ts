import { useEffect } from 'preact/hooks';
import { afterBurst } from '../../api/bursts.js';
import { call } from '../../api/call.js';
import type { Alert } from '../../api/operations.js';
import { type Resource, useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { isSeverity } from '../../api/vocabulary.js';
import type { AlertFilter } from './inbox.js';

const EVERY_MS = 15_000;
const SETTLED_MS = 300;
export const MOST = 500;

/** Runs something soon after alerts have changed. @returns what ends it */
export const onAlertChange = (run: () => void): (() => void) => afterBurst('alerts', run, SETTLED_MS);

export interface AlertsNow {
  readonly items: readonly Alert[];
  /** Whether there are more than were asked for. */
  readonly isPartial: boolean;
}

/** Alerts that fire or wait, and the newest that are over; anew whenever one changes. A filter finds those beyond the first too. */
export function useAlerts({ severity, rule, labels }: Omit<AlertFilter, 'text'>): Resource<AlertsNow> {
  const filter = {
    ...(isSeverity(severity) && { severity }),
    ...(rule !== '' && { rule }),
    label: labels,
  };
  const alerts = useResource(
    async (signal) => {
      const lists = await Promise.all(
        (['firing', 'pending', 'resolved'] as const).map((state) =>
          call('GET /alerts', {
            query: { ...filter, state, limit: state === 'resolved' ? 100 : MOST },
            signal,
          }),
        ),
      );
      return {
        items: lists.flatMap(({ items }) => items),
        isPartial: lists.slice(0, 2).some(({ nextCursor }) => nextCursor !== null),
      };
    },
    [tenant.value, severity, rule, labels.join('\n')],
    { everyMs: EVERY_MS, keeps: true },
  );
  const { reload } = alerts;
  useEffect(() => onAlertChange(reload), [tenant.value, reload]);
  return alerts;
}
