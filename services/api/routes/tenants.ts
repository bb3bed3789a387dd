import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { readProfile } from '../../../shared/catalog/tenants-file.js';
import {
  applyProfiles,
  type ListedTenant,
  listTenants,
  planRemoval,
  removeTenant,
} from '../../../shared/control/tenants.js';
import { attempt, TactusError } from '../../../shared/core/errors.js';
import { ALL_TENANTS } from '../../../shared/ports/keys.js';
import { setOf } from '../../../shared/tenancy/profile.js';
import { accessFor } from '../acting/acting.js';
import { accessOf, type Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { found, TenantPath, WriteHeaders } from './requests.js';
import type { ApiServices } from './services.js';

const Profile = Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), {
  maxProperties: 50,
  description: 'What is set for the tenant, with the keys of TENANTS_FILE; what is not there is as elsewhere',
  examples: [{ name: 'Acme Records', quotas: { pointsPerSecond: 5_000 }, retentionDays: 365 }],
});

const Tenant = Type.Object(
  {
    id: Type.String(),
    readOnly: Type.Boolean({ description: 'It is set up in TENANTS_FILE, and changed there alone' }),
    problem: Type.Union([Type.String(), Type.Null()], { description: 'Why its record sets nothing' }),
    profile: Profile,
  },
  { title: 'Tenant' },
);

const Removed = Type.Object({
  ...{ keys: Type.Array(Type.String()), rules: Type.Array(Type.String()), silences: Type.Integer() },
  sensitivities: Type.Integer(),
  acknowledgements: Type.Integer(),
});

/** Tenants and what is set for them. What bounds a tenant is for who administers all to change. */
export function tenantRoutes({ acting }: ApiServices): Routes {
  const requireAll = (request: FastifyRequest) => {
    const { caller, tenantId } = request.asking;
    if (caller.tenants('admin') === ALL_TENANTS) return;
    acting.refused(caller, 'admin', tenantId, accessOf(request));
    throw new TactusError(
      'TACTUS_NOT_ALLOWED',
      `${caller.name} may not administer all tenants, which this needs`,
    );
  };
  const tags = ['tenants'];
  return (api) => {
    api.get(
      '/tenants',
      {
        config: { right: 'admin', anyTenant: true },
        schema: {
          ...{ operationId: 'listTenants', summary: 'Tenants that the caller administers, by id', tags },
          querystring: Type.Object(PageQuery, { additionalProperties: false }),
          response: { 200: Page(Tenant), ...PROBLEMS },
        },
      },
      async ({ query: { cursor, limit }, asking: { caller } }) => {
        const [after = ''] = (placeOf(cursor, ['string']) as [string] | null) ?? [];
        const own = caller.tenants('admin');
        const rows = (await listTenants(accessFor(acting, caller))).filter(
          ({ id }) => id > after && (own === ALL_TENANTS || own.includes(id)),
        );
        return pageOf(rows.slice(0, limit + 1), limit, ({ id }) => [id], item);
      },
    );
    api.get(
      '/tenants/:tenantId',
      {
        config: { right: 'admin' },
        schema: {
          ...{ operationId: 'getTenant', summary: 'One tenant', tags },
          ...{ params: TenantPath, response: { 200: Tenant, ...PROBLEMS } },
        },
      },
      async ({ params: { tenantId }, asking: { caller } }) =>
        item(
          found(
            (await listTenants(accessFor(acting, caller))).find(({ id }) => id === tenantId),
            'tenant',
            tenantId,
          ),
        ),
    );
    api.put(
      '/tenants/:tenantId',
      {
        config: { right: 'admin' },
        schema: {
          operationId: 'setTenant',
          summary: 'Set up a tenant: all that was set is replaced. For who administers all tenants',
          tags,
          ...{
            params: TenantPath,
            body: Profile,
            headers: WriteHeaders,
            response: { 200: Tenant, ...PROBLEMS },
          },
        },
      },
      async (request, reply) => {
        requireAll(request);
        return await acting.once.answer(request, reply, 200, async () => {
          const { params, body, asking } = request;
          const { tenantId } = params;
          const { value: profile, problem } = attempt(() => readProfile(tenantId, body));
          if (problem !== null) throw new TactusError('TACTUS_REQUEST_INVALID', problem);
          await applyProfiles(accessFor(acting, asking.caller), new Map([[tenantId, profile]]));
          return item({ id: tenantId, source: 'topic', profile, problem: null });
        });
      },
    );
    api.delete(
      '/tenants/:tenantId',
      {
        config: { right: 'admin' },
        schema: {
          operationId: 'removeTenant',
          summary:
            'Remove a tenant with its keys, rules, silences and sensitivities; its data stay. For who administers all tenants',
          tags,
          ...{ params: TenantPath, headers: WriteHeaders, response: { 200: Removed, ...PROBLEMS } },
        },
      },
      async (request, reply) => {
        requireAll(request);
        return await acting.once.answer(request, reply, 200, async () => {
          const { params, asking } = request;
          const access = accessFor(acting, asking.caller);
          const removal = found(await planRemoval(access, params.tenantId), 'tenant', params.tenantId);
          await removeTenant(access, removal);
          return {
            keys: removal.keys.map(({ id }) => id),
            rules: [...removal.rules.keys()],
            silences: removal.silences.size,
            sensitivities: removal.sensitivities.size,
            acknowledgements: removal.acknowledgements.length,
          };
        });
      },
    );
  };
}

function item({ id, source, profile, problem }: ListedTenant) {
  return { id, readOnly: source === 'file', problem, profile: setOf(profile) };
}
