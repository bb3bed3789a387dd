import { type Static, Type } from 'typebox';
import { entryOf } from '../../../shared/control/audit-entry.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Asking } from '../access/asking.js';
import { accessFor } from '../acting/acting.js';
import type { Routes } from '../http/app.js';
import { Page } from '../http/page.js';
import { HttpProblem, PROBLEMS } from '../http/problem.js';
import { DurationField, durationOf } from '../http/range.js';
import { listShares, type ShareRow } from '../queries/dashboard-shares.js';
import { findDashboard } from '../queries/dashboards.js';
import { MOST_OF_DASHBOARD, MOST_OF_TENANT } from '../sharing/postgres-shares.js';
import { DashboardId } from './dashboards.js';
import { found, Nothing, TenantQuery, Time, WriteHeaders } from './requests.js';
import type { ApiServices } from './services.js';

const DAY_MS = 86_400_000;
const DEFAULT_LENGTH = '7d';
const MAX_LENGTH = '90d';
const MAX_LENGTH_MS = 90 * DAY_MS;

const Share = Type.Object(
  {
    id: Type.String(),
    comment: Type.String(),
    createdBy: Type.String(),
    createdAt: Time,
    expiresAt: Time,
    usedAt: Type.Union([Time, Type.Null()], { description: 'When it was opened last' }),
  },
  { title: 'DashboardShare' },
);
const SHOWN_ONCE = 'In the first answer alone';
const NewShare = Type.Object(
  {
    ...Share.properties,
    token: Type.Union([Type.String(), Type.Null()], { description: SHOWN_ONCE }),
    path: Type.Union([Type.String(), Type.Null()], {
      description: `The link, without the address of this server. ${SHOWN_ONCE}`,
    }),
  },
  { title: 'NewDashboardShare' },
);
const Wanted = Type.Object(
  {
    for: Type.Optional(
      DurationField(`How long the link is good, at most ${MAX_LENGTH}; ${DEFAULT_LENGTH} without it`, '30d'),
    ),
    comment: Type.Optional(
      Type.String({ maxLength: 200, pattern: '^[^\\u0000-\\u001f]*$', examples: ['for the office wall'] }),
    ),
  },
  { additionalProperties: false },
);
const DashboardPath = Type.Object({ id: DashboardId });
const SharePath = Type.Object({ id: DashboardId, shareId: Type.String({ format: 'uuid' }) });

/** Links by which anybody reads one dashboard. */
export function dashboardShareRoutes({ acting, database, sharing }: ApiServices): Routes {
  const tags = ['dashboards'];
  const requireDashboard = async ({ tenantId }: Asking, id: string, gone: AbortSignal) => {
    const row = await database.read(tenantId, 'finding a dashboard', gone, (reader) =>
      findDashboard(reader, id),
    );
    return found(row, 'dashboard', id);
  };
  const noted = async ({ caller, tenantId }: Asking, action: string, dashboardId: string, share: object) => {
    const access = accessFor(acting, caller);
    const entry = entryOf(access, `dashboard.${action}`, tenantId, `dashboard/${dashboardId}`, { ...share });
    await access.write({ changes: [], entries: [entry] });
  };
  return (api) => {
    api.get(
      '/dashboards/:id/shares',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'listDashboardShares',
          summary:
            'The links of a dashboard that are in force, oldest first; without what they are opened by',
          ...{ tags, params: DashboardPath, querystring: TenantQuery },
          response: { 200: Page(Share), ...PROBLEMS },
        },
      },
      async ({ asking, params: { id }, gone }) => {
        await requireDashboard(asking, id, gone);
        const rows = await database.read(asking.tenantId, 'listing links', gone, (reader) =>
          listShares(reader, id),
        );
        // As few as may be of a dashboard are one page.
        return { items: rows.map(item), nextCursor: null };
      },
    );
    api.post(
      '/dashboards/:id/shares',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'shareDashboard',
          summary: 'Make a link by which anybody reads a dashboard; it is shown once',
          ...{ tags, params: DashboardPath, querystring: TenantQuery, headers: WriteHeaders, body: Wanted },
          response: { 201: NewShare, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer<Static<typeof NewShare>>(
          request,
          reply,
          201,
          async () => {
            const { asking, params, body, gone } = request;
            const { for: length = DEFAULT_LENGTH, comment = '' } = body;
            const lengthMs = durationOf('for', length);
            if (lengthMs > MAX_LENGTH_MS)
              throw new TactusError(
                'TACTUS_REQUEST_INVALID',
                `for: must be at most ${MAX_LENGTH}: value was ${length}`,
              );
            await requireDashboard(asking, params.id, gone);
            const { caller, tenantId } = asking;
            const made = await sharing.links.make({
              ...{ tenantId, dashboardId: params.id, comment, lengthMs, createdBy: caller.name },
            });
            if (made === null)
              throw new HttpProblem(
                409,
                'TACTUS_CONFLICT',
                `there are ${MOST_OF_DASHBOARD} links to the dashboard, or ${MOST_OF_TENANT} of the tenant, which is as many as may be`,
              );
            const { token, ...row } = made;
            await noted(asking, 'share', params.id, { link: row.id, until: row.expiresAt.toISOString() });
            reply.header('cache-control', 'no-store');
            return { ...item(row), token, path: `/#share=${token}` };
          },
          (answer) => ({ ...answer, token: null, path: null }),
        ),
    );
    api.delete(
      '/dashboards/:id/shares/:shareId',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'revokeDashboardShare',
          summary: 'Revoke a link; whoever has opened it reads nothing more',
          ...{ tags, params: SharePath, querystring: TenantQuery, headers: WriteHeaders },
          response: { 204: Nothing, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 204, async () => {
          const { asking, params } = request;
          const { id: dashboardId, shareId: id } = params;
          const isRevoked = await sharing.links.revoke({ tenantId: asking.tenantId, dashboardId, id });
          found(isRevoked ? id : null, 'link to this dashboard', id);
          await noted(asking, 'unshare', dashboardId, { link: id });
          return null;
        }),
    );
  };
}

function item({ createdAt, expiresAt, usedAt, ...rest }: ShareRow) {
  return {
    ...rest,
    ...{ createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() },
    usedAt: usedAt?.toISOString() ?? null,
  };
}
