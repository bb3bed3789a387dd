import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { entryOf } from '../../../shared/control/audit-entry.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Asking } from '../access/asking.js';
import { accessFor } from '../acting/acting.js';
import { checkComponents, DashboardSpec } from '../dashboards/components.js';
import { SHIPPED, withShipped } from '../dashboards/shipped.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { HttpProblem, PROBLEMS } from '../http/problem.js';
import { type DashboardRow, findDashboard, listDashboards } from '../queries/dashboards.js';
import { changedSince, etagOf, IfMatch, versionOf } from './if-match.js';
import { found, Nothing, TenantQuery, Time, WriteHeaders } from './requests.js';
import type { ApiServices } from './services.js';

const MAX_DASHBOARDS = 1_000;
const MAX_SPEC_BYTES = 262_144;
const MAX_DEPTH = 50;

export const DashboardId = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$', examples: ['checkout'] });
const IdPath = Type.Object({ id: DashboardId });
const Content = {
  title: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f]*$' }),
  spec: DashboardSpec,
};
const AnySpec = Type.Record(Type.String(), Type.Unknown(), {
  description: `\`components\`, and whatever else is kept; JSON of at most ${MAX_SPEC_BYTES} bytes`,
});
const Listed = {
  id: Type.String(),
  title: Type.String(),
  updatedBy: Type.String(),
  createdAt: Time,
  updatedAt: Time,
  shipped: Type.Boolean({ description: 'Every tenant has it, and nobody changes it: a copy can be changed' }),
};
const Dashboard = Type.Object({ ...Listed, spec: AnySpec }, { title: 'Dashboard' });

/** Dashboards of a tenant. */
export function dashboardRoutes(services: ApiServices): Routes {
  const { acting, database, sharing } = services;
  const { dashboards } = acting;
  const stored = async ({ tenantId }: Asking, id: string, gone: AbortSignal) =>
    await database.read(tenantId, 'finding a dashboard', gone, (reader) => findDashboard(reader, id));
  const lookUp = async (asking: Asking, id: string, gone: AbortSignal) =>
    found((await stored(asking, id, gone)) ?? SHIPPED.get(id) ?? null, 'dashboard', id);
  const noted = async ({ caller, tenantId }: Asking, action: string, id: string, title: string) => {
    const access = accessFor(acting, caller);
    await access.write({
      changes: [],
      entries: [entryOf(access, `dashboard.${action}`, tenantId, `dashboard/${id}`, { title })],
    });
  };
  return (api) => {
    api.get(
      '/dashboards',
      {
        config: { right: 'read' },
        schema: {
          ...{ operationId: 'listDashboards', summary: 'Dashboards by their ids', tags: ['dashboards'] },
          querystring: Type.Object(
            { ...TenantQuery.properties, ...PageQuery },
            { additionalProperties: false },
          ),
          response: { 200: Page(Type.Object(Listed, { title: 'DashboardSummary' })), ...PROBLEMS },
        },
      },
      async ({ query: { cursor, limit }, asking: { tenantId }, gone }) => {
        const [after = null] = (placeOf(cursor, ['string']) as [string] | null) ?? [];
        const rows = await database.read(tenantId, 'listing dashboards', gone, (reader) =>
          listDashboards(reader, after, limit + 1),
        );
        return pageOf(withShipped(rows, after, limit + 1), limit, ({ id }) => [id], listed);
      },
    );
    api.post(
      '/dashboards',
      {
        config: { right: 'operate' },
        schema: {
          ...{ operationId: 'createDashboard', summary: 'Keep a new dashboard', tags: ['dashboards'] },
          body: Type.Object({ id: Type.Optional(DashboardId), ...Content }, { additionalProperties: false }),
          ...{ querystring: TenantQuery, headers: WriteHeaders, response: { 201: Dashboard, ...PROBLEMS } },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 201, async () => {
          const { body, asking } = request;
          const { id = randomUUID(), title } = body;
          if (SHIPPED.has(id)) throw readOnly(id);
          const content = { id, title, spec: storable(body.spec), updatedBy: asking.caller.name };
          const made = await dashboards.create(asking.tenantId, content, MAX_DASHBOARDS);
          if (made === null)
            throw new HttpProblem(
              409,
              'TACTUS_CONFLICT',
              `id: there is a dashboard ${JSON.stringify(id)} already, or there are ${MAX_DASHBOARDS}`,
            );
          await noted(asking, 'create', id, title);
          return shown(made, reply);
        }),
    );
    api.get(
      '/dashboards/:id',
      {
        config: { right: 'read', byLink: sharing.reads.dashboard },
        schema: {
          operationId: 'getDashboard',
          summary: 'One dashboard; its ETag is what a change is sent with as If-Match',
          tags: ['dashboards'],
          ...{ params: IdPath, querystring: TenantQuery, response: { 200: Dashboard, ...PROBLEMS } },
        },
      },
      async ({ asking, params, gone }, reply) => {
        const dashboard = shown(await lookUp(asking, params.id, gone), reply);
        // People are nothing that the dashboard shows.
        return asking.caller.kind === 'link' ? { ...dashboard, updatedBy: '' } : dashboard;
      },
    );
    api.put(
      '/dashboards/:id',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'replaceDashboard',
          summary: 'Replace a dashboard, if it is still of the version that was read (If-Match)',
          tags: ['dashboards'],
          body: Type.Object(Content, { additionalProperties: false }),
          ...{ params: IdPath, querystring: TenantQuery, headers: IfMatch },
          response: { 200: Dashboard, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 200, async () => {
          const { params, body, asking, gone } = request;
          const version = versionOf(request);
          const content = {
            ...params,
            title: body.title,
            spec: storable(body.spec),
            updatedBy: asking.caller.name,
          };
          const made = await dashboards.replace(asking.tenantId, content, version);
          if (made === null) throw changed(await lookUp(asking, params.id, gone));
          await noted(asking, 'replace', params.id, body.title);
          return shown(made, reply);
        }),
    );
    api.delete(
      '/dashboards/:id',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'removeDashboard',
          summary: 'Remove a dashboard, if it is still of the version that was read (If-Match)',
          tags: ['dashboards'],
          ...{ params: IdPath, querystring: TenantQuery, headers: IfMatch },
          response: { 204: Nothing, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 204, async () => {
          const { params, asking, gone } = request;
          const removed = await dashboards.remove(asking.tenantId, params.id, versionOf(request));
          if (removed === null) throw changed(await lookUp(asking, params.id, gone));
          await noted(asking, 'remove', params.id, removed.title);
          return null;
        }),
    );
  };
}

function changed(row: DashboardRow): HttpProblem {
  if (isShipped(row)) return readOnly(row.id);
  const { updatedBy: by, updatedAt, version } = row;
  return changedSince('the dashboard', { by, at: updatedAt.toISOString(), version });
}

function readOnly(id: string): HttpProblem {
  return new HttpProblem(
    409,
    'TACTUS_CONFLICT',
    `id: ${JSON.stringify(id)} is that of a shipped dashboard, which is read-only: change a copy with another id`,
  );
}

const isShipped = ({ id, version }: Omit<DashboardRow, 'spec'>) => SHIPPED.get(id)?.version === version;

function listed(row: Omit<DashboardRow, 'spec'>) {
  const { id, title, updatedBy, createdAt, updatedAt } = row;
  return {
    ...{ id, title, updatedBy, shipped: isShipped(row) },
    ...{ createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() },
  };
}

function shown(row: DashboardRow, reply: FastifyReply) {
  reply.header('etag', etagOf(row.version));
  return { ...listed(row), spec: row.spec };
}

/** What jsonb can hold. */
function storable(spec: Static<typeof DashboardSpec>): Record<string, unknown> {
  const check = (value: unknown, depth: number): void => {
    if (depth > MAX_DEPTH)
      throw new TactusError('TACTUS_REQUEST_INVALID', `spec: must be nested at most ${MAX_DEPTH} deep`);
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
      throw new TactusError(
        'TACTUS_REQUEST_INVALID',
        'spec: must be without the character U+0000 and halves of surrogate pairs',
      );
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      check(name, depth + 1);
      check(inner, depth + 1);
    }
  };
  check(spec, 0);
  checkComponents(spec);
  if (Buffer.byteLength(JSON.stringify(spec)) > MAX_SPEC_BYTES)
    throw new TactusError('TACTUS_BODY_TOO_LARGE', `spec: must be at most ${MAX_SPEC_BYTES} bytes of JSON`);
  return spec;
}
