import type { AlertControl } from '../../../schemas/types.js';
import type { AlertRow, AlertStateRow } from '../queries/alerts.js';

/** A change of an alert, as it is answered. */
export interface AlertChangeItem {
  readonly startsAt: string;
  readonly state: AlertRow['state'] | 'acknowledged';
  readonly at: string;
  readonly by?: string;
  readonly comment?: string;
}

/**
 * What happened to an alert, newest first.
 *
 * @param rows its occurrences, newest first: an acknowledgement is of the one that it was made in
 * @param acknowledgement the last one
 */
export function historyOf(
  rows: readonly Pick<AlertRow, 'startsAt'>[],
  states: readonly AlertStateRow[],
  acknowledgement: Pick<AlertControl, 'author' | 'comment' | 'createdAt'> | null,
): AlertChangeItem[] {
  const changes = states.map(({ startsAt, state, at }): AlertChangeItem => {
    return { startsAt: startsAt.toISOString(), state, at: at.toISOString() };
  });
  const of = rows.find(({ startsAt }) => startsAt.getTime() <= (acknowledgement?.createdAt ?? 0));
  if (acknowledgement === null || of === undefined) return changes;
  const { author: by, comment, createdAt } = acknowledgement;
  const acknowledged: AlertChangeItem = {
    ...{ startsAt: of.startsAt.toISOString(), state: 'acknowledged', at: new Date(createdAt).toISOString() },
    ...{ by, comment },
  };
  const place = changes.findIndex(({ at }) => at <= acknowledged.at);
  return place < 0 ? [...changes, acknowledged] : changes.toSpliced(place, 0, acknowledged);
}
