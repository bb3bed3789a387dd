import { Type } from 'typebox';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { findAlerts } from '../queries/alerts.js';
import { findNotifications, type NotificationRow } from '../queries/notifications.js';
import { found, TenantQuery, Time } from './requests.js';
import type { ApiServices } from './services.js';

const OUTCOMES = ['delivered', 'failed', 'given_up', 'suppressed'] as const;
const STATUSES = ['firing', 'resolved'] as const;
const TextOrNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

const AlertNotification = Type.Object(
  {
    ...{ id: Type.String(), at: Time },
    startsAt: Type.String({ format: 'date-time', description: 'Of the alert: which time that it went up' }),
    channel: Type.String({ description: 'Name of the channel' }),
    kind: Type.String({ description: 'Type of the channel, such as slack' }),
    outcome: Type.Enum(OUTCOMES, {
      description: 'failed is tried again, given_up is not; of suppressed nothing was sent',
    }),
    status: Type.Enum(STATUSES, { description: 'Whether it is about the alert or about its end' }),
    attempts: Type.Integer({ description: 'How often it was tried by then' }),
    error: TextOrNull('Code of the error of a failed attempt'),
    reason: TextOrNull('Why it was suppressed: silenced, inhibited or muted (by the times of its route)'),
    escalation: Type.Integer({
      description: 'Step of the escalation, from 1; 0 for a channel notified at once',
    }),
  },
  { title: 'AlertNotification' },
);

function notificationItem({ at, startsAt, ...rest }: NotificationRow) {
  return { ...rest, at: at.toISOString(), startsAt: startsAt.toISOString() };
}

/** Which channels were notified of an alert, newest first. */
export function alertNotificationRoutes({ database }: ApiServices): Routes {
  return (api) => {
    api.get(
      '/alerts/:fingerprint/notifications',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'listAlertNotifications',
          summary: 'Which channels were notified of an alert, failed or were suppressed, newest first',
          tags: ['alerts'],
          params: Type.Object({ fingerprint: Type.String({ maxLength: 256 }) }),
          querystring: Type.Object(
            { ...TenantQuery.properties, ...PageQuery },
            { additionalProperties: false },
          ),
          response: { 200: Page(AlertNotification), ...PROBLEMS },
        },
      },
      async ({ params: { fingerprint }, query: { cursor, limit }, asking: { tenantId }, gone }) => {
        const after = placeOf(cursor, ['number', 'string']) as [number, string] | null;
        const rows = await database.read(tenantId, 'finding notifications', gone, async (reader) => {
          const [alert] = await findAlerts(reader, { fingerprint, limit: 1 });
          found(alert, 'alert', fingerprint);
          return await findNotifications(reader, { fingerprint, after, limit: limit + 1 });
        });
        return pageOf(rows, limit, (row) => [row.at.getTime(), row.id], notificationItem);
      },
    );
  };
}
