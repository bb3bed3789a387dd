import type { AlertNotification } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { TenantReader } from './tenant-database.js';

/** What became of notifying a channel of an alert. */
export interface NotificationRow {
  readonly id: string;
  readonly at: Date;
  readonly startsAt: Date;
  readonly channel: string;
  readonly kind: string;
  readonly outcome: AlertNotification['outcome'];
  readonly status: AlertNotification['status'];
  readonly attempts: number;
  readonly error: string | null;
  readonly reason: string | null;
  readonly escalation: number;
}

export interface NotificationSearch {
  readonly fingerprint: string;
  /** Time and id of the last one that is known. */
  readonly after: readonly [Millis, string] | null;
  readonly limit: number;
}

/** Of one alert, newest first. */
export async function findNotifications(
  reader: TenantReader,
  { fingerprint, after, limit }: NotificationSearch,
): Promise<NotificationRow[]> {
  return await reader.rows<NotificationRow>(
    `SELECT id, at, starts_at AS "startsAt", channel, kind, outcome, status, attempts, error, reason, escalation
     FROM tactus_tenant.notifications
     WHERE fingerprint = $1 AND ($2::timestamptz IS NULL OR (at, id) < ($2, $3))
     ORDER BY at DESC, id DESC LIMIT $4`,
    [fingerprint, after === null ? null : new Date(after[0]), after?.[1] ?? null, limit],
  );
}
