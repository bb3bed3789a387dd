import type { Alert } from '../../api/operations.js';
import type { Span } from '../../time/moment.js';

const AROUND_MS = 30 * 60_000;

/** What is shown of the metric of an alert: of one that is over, what came after it too. */
export function around({ startsAt, endsAt }: Pick<Alert, 'startsAt' | 'endsAt'>, now: number): Span {
  return {
    start: Date.parse(startsAt) - AROUND_MS,
    end: endsAt === null ? now : Math.min(Date.parse(endsAt) + AROUND_MS, now),
  };
}
