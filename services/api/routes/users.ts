import { Type } from 'typebox';
import { accessOf, type Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { nameKeyOf } from '../people/user-name.js';
import { NewPasswordField } from './auth.js';
import { TenantQuery } from './requests.js';
import type { ApiServices } from './services.js';
import { RoleField, UserView, userView } from './user-view.js';

/** As the database takes it; the format of JSON Schema has others too. */
const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
const Params = Type.Object({
  id: Type.String({ pattern: UUID, examples: ['0b8e2f6c-5d0a-4a53-9a0e-3f1f2b6f7c11'] }),
});

/** Users of a tenant, for its admins. */
export function userRoutes({ people: { admin } }: ApiServices): Routes {
  const config = { right: 'admin' } as const;
  const changing = { ...config, refusals: [409] } as const;
  const tags = ['people'];
  const one = { 200: UserView, ...PROBLEMS };
  const done = { 204: Type.Null(), ...PROBLEMS };
  return (api) => {
    api.get(
      '/users',
      {
        config,
        schema: {
          ...{ operationId: 'listUsers', summary: 'Users with a role in a tenant, by name', tags },
          querystring: Type.Object(
            { ...TenantQuery.properties, ...PageQuery },
            { additionalProperties: false },
          ),
          response: { 200: Page(UserView), ...PROBLEMS },
        },
      },
      async ({ query, asking: { tenantId } }) => {
        const after = placeOf(query.cursor, ['string']) as [string] | null;
        const found = await admin.list(tenantId, after?.[0] ?? null, query.limit + 1);
        return pageOf(
          found,
          query.limit,
          ({ name }) => [nameKeyOf(name)],
          (person) => userView(person, tenantId),
        ) as never;
      },
    );
    api.post(
      '/users',
      {
        config: changing,
        schema: {
          ...{
            operationId: 'addUser',
            summary: 'Add a user with a role in a tenant',
            tags,
            querystring: TenantQuery,
          },
          body: Type.Object(
            {
              name: Type.String({ minLength: 1, maxLength: 256, examples: ['ada'] }),
              password: NewPasswordField,
              role: RoleField,
            },
            { additionalProperties: false },
          ),
          response: { 201: UserView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { caller, tenantId } = request.asking;
        const person = await admin.add(caller, tenantId, request.body, accessOf(request));
        return reply
          .code(201)
          .header('location', `${request.url.split('?')[0]}/${person.id}`)
          .send(userView(person, tenantId) as never);
      },
    );
    api.get(
      '/users/:id',
      {
        config,
        schema: {
          ...{
            operationId: 'getUser',
            summary: 'A user of a tenant',
            tags,
            params: Params,
            querystring: TenantQuery,
          },
          response: one,
        },
      },
      async ({ params, asking: { tenantId } }) =>
        userView(await admin.find(tenantId, params.id), tenantId) as never,
    );
    api.put(
      '/users/:id',
      {
        config: changing,
        schema: {
          ...{ operationId: 'setUserRole', summary: 'Change the role of a user of a tenant', tags },
          ...{ params: Params, querystring: TenantQuery },
          body: Type.Object({ role: RoleField }, { additionalProperties: false }),
          response: one,
        },
      },
      async (request) => {
        const { caller, tenantId } = request.asking;
        const { params, body } = request;
        const person = await admin.setRole(caller, tenantId, params.id, body.role, accessOf(request));
        return userView(person, tenantId) as never;
      },
    );
    api.delete(
      '/users/:id',
      {
        config,
        schema: {
          ...{
            operationId: 'removeUser',
            summary: 'Take the role in a tenant; who has no other one is removed',
            tags,
          },
          ...{ params: Params, querystring: TenantQuery, response: done },
        },
      },
      async (request, reply) => {
        const { caller, tenantId } = request.asking;
        await admin.remove(caller, tenantId, request.params.id, accessOf(request));
        return reply.code(204).send(null as never);
      },
    );
    api.put(
      '/users/:id/password',
      {
        config: changing,
        schema: {
          ...{
            operationId: 'setUserPassword',
            summary: 'Set the password of a user; all their logins end',
            tags,
          },
          description: 'Only of who has a role in no other tenant than the caller is admin of.',
          ...{ params: Params, querystring: TenantQuery, response: done },
          body: Type.Object({ password: NewPasswordField }, { additionalProperties: false }),
        },
      },
      async (request, reply) => {
        const { caller, tenantId } = request.asking;
        await admin.setPassword(
          caller,
          tenantId,
          request.params.id,
          request.body.password,
          accessOf(request),
        );
        return reply.code(204).send(null as never);
      },
    );
    for (const [path, operationId, summary, remove] of [
      ['totp', 'removeUserTotp', 'Turn the second factor of a user off', admin.removeTotp.bind(admin)],
      ['sessions', 'endUserSessions', 'End all logins of a user', admin.endSessions.bind(admin)],
    ] as const)
      api.delete(
        `/users/:id/${path}`,
        {
          config,
          schema: {
            ...{ operationId, summary, tags, params: Params, querystring: TenantQuery, response: done },
            description: 'Only of who has a role in no other tenant than the caller is admin of.',
          },
        },
        async (request, reply) => {
          const { caller, tenantId } = request.asking;
          await remove(caller, tenantId, request.params.id, accessOf(request));
          return reply.code(204).send(null as never);
        },
      );
  };
}
