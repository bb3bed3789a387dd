import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { createKey, type ListedKey, listKeysOf, revokeKey, rotateKey } from '../../../shared/control/keys.js';
import { TactusError } from '../../../shared/core/errors.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { SCOPES } from '../../../shared/ports/keys.js';
import type { Asking } from '../access/asking.js';
import { accessFor } from '../acting/acting.js';
import { checkRoomForKey } from '../acting/key-bounds.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { DurationField, durationOf } from '../http/range.js';
import { found, IdPath, Nothing, TenantQuery, Time, WriteHeaders } from './requests.js';
import type { ApiServices } from './services.js';

const MAX_LIFETIME_MS = 3_650 * 86_400_000;

const Key = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    scopes: Type.Array(Type.String()),
    state: Type.Enum(['in force', 'expired', 'revoked', 'forged']),
    createdAt: Time,
    ...{ expiresAt: Type.Union([Time, Type.Null()]), revokedAt: Type.Union([Time, Type.Null()]) },
  },
  { title: 'Key' },
);

const NewKey = Type.Object({
  ...Key.properties,
  key: Type.Union([Type.String(), Type.Null()], {
    description:
      'The key itself, which is shown this once and stored nowhere; null in the answer to a repetition',
  }),
});

const Wanted = Type.Object(
  {
    scopes: Type.Array(Type.Enum([...SCOPES]), { minItems: 1, maxItems: SCOPES.length, uniqueItems: true }),
    name: Type.Optional(Type.String({ maxLength: 100, pattern: '^[^\\u0000-\\u001f\\u007f]*$' })),
    expires: Type.Optional(DurationField('How long it is good for; without end by default', '90d')),
  },
  { additionalProperties: false },
);

/** API keys of a tenant. */
export function keyRoutes({ acting }: ApiServices): Routes {
  const ofTenant = async ({ caller, tenantId }: Asking) =>
    await listKeysOf(accessFor(acting, caller), tenantId);
  const inForce = (keys: readonly ListedKey[], id: string) =>
    found(
      keys.find(({ key, state }) => key.id === id && state === 'in force'),
      'key in force',
      id,
    );
  /** Makes a key and shows it; a repetition of the request is answered without it. */
  const shownOnce = async (
    request: FastifyRequest,
    reply: FastifyReply,
    make: () => Promise<Awaited<ReturnType<typeof createKey>>>,
  ) =>
    await acting.once.answer<Static<typeof NewKey>>(
      request,
      reply,
      201,
      async () => {
        const { key, text } = await make();
        reply.header('cache-control', 'no-store');
        return { ...item({ key, state: 'in force' }), key: text };
      },
      (answer) => ({ ...answer, key: null }),
    );
  const tags = ['keys'];
  return (api) => {
    api.get(
      '/keys',
      {
        config: { right: 'admin' },
        schema: {
          ...{ operationId: 'listKeys', summary: 'Keys of the tenant, oldest first', tags },
          querystring: Type.Object(
            { ...TenantQuery.properties, ...PageQuery },
            { additionalProperties: false },
          ),
          response: { 200: Page(Key), ...PROBLEMS },
        },
      },
      async ({ query: { cursor, limit }, asking }) => {
        const [at, id] = (placeOf(cursor, ['number', 'string']) as [number, string] | null) ?? [-1, ''];
        const rows = (await ofTenant(asking))
          .sort((a, b) => a.key.createdAt - b.key.createdAt || (a.key.id < b.key.id ? -1 : 1))
          .filter(({ key }) => key.createdAt > at || (key.createdAt === at && key.id > id));
        return pageOf(rows.slice(0, limit + 1), limit, ({ key }) => [key.createdAt, key.id], item);
      },
    );
    api.post(
      '/keys',
      {
        config: { right: 'admin' },
        schema: {
          ...{ operationId: 'createKey', summary: 'Make a key for the tenant; it is shown once', tags },
          ...{ body: Wanted, querystring: TenantQuery, headers: WriteHeaders },
          response: { 201: NewKey, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await shownOnce(request, reply, async () => {
          const { body, asking } = request;
          const { scopes, name = '', expires } = body;
          const lifetime = expires === undefined ? null : durationOf('expires', expires);
          if (lifetime !== null && lifetime > MAX_LIFETIME_MS)
            throw new TactusError(
              'TACTUS_REQUEST_INVALID',
              `expires: must be at most 3650d: value was ${expires}`,
            );
          checkRoomForKey(await ofTenant(asking));
          return await createKey(accessFor(acting, asking.caller), {
            ...{ tenant: asking.tenantId, scopes, name, expires: lifetime },
          });
        }),
    );
    api.post(
      '/keys/:id/rotate',
      {
        config: { right: 'admin' },
        schema: {
          operationId: 'rotateKey',
          summary: 'Make a key in the place of another one, which is revoked; it is shown once',
          tags,
          body: Type.Object(
            {
              grace: Type.Optional(DurationField('How long the old one stays good', '1h')),
            },
            { additionalProperties: false },
          ),
          ...{ params: IdPath, querystring: TenantQuery, headers: WriteHeaders },
          response: { 201: NewKey, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await shownOnce(request, reply, async () => {
          const { params, body, asking } = request;
          const keys = await ofTenant(asking);
          const { key } = inForce(keys, params.id);
          const graceMs = body.grace === undefined ? 0 : durationOf('grace', body.grace);
          checkRoomForKey(keys.filter((each) => graceMs > 0 || each.key.id !== key.id));
          const access = accessFor(acting, asking.caller);
          return found(await rotateKey(access, key.id, graceMs), 'key in force', params.id);
        }),
    );
    api.delete(
      '/keys/:id',
      {
        config: { right: 'admin' },
        schema: {
          ...{ operationId: 'revokeKey', summary: 'Revoke a key for good', tags },
          ...{ params: IdPath, querystring: TenantQuery, headers: WriteHeaders },
          response: { 204: Nothing, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 204, async () => {
          const { params, asking } = request;
          const { key } = inForce(await ofTenant(asking), params.id);
          await revokeKey(accessFor(acting, asking.caller), key.id);
          return null;
        }),
    );
  };
}

function item({ key, state }: ListedKey) {
  const { id, name, scopes, createdAt, expiresAt, revokedAt } = key;
  return {
    ...{ id, name, scopes: [...scopes], state, createdAt: isoTime(createdAt) },
    expiresAt: expiresAt === null ? null : isoTime(expiresAt),
    revokedAt: revokedAt === null ? null : isoTime(revokedAt),
  };
}
