import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import { accessOf, type Routes } from '../http/app.js';
import { PROBLEMS } from '../http/problem.js';
import { UserCaller } from '../people/user-callers.js';
import { CodeField, NewPasswordField, PasswordField } from './auth.js';
import type { ApiServices } from './services.js';
import { UserView, userView } from './user-view.js';

/** What people see and change of themselves: `auth/me`, `auth/password`, `auth/totp`. */
export function accountRoutes({ people: { account } }: ApiServices): Routes {
  const people = {
    config: { right: 'read', anyTenant: true, refusals: [429] },
    // Before what a body should be is said.
    preValidation: async (request: FastifyRequest) => void ownOf(request),
  } as const;
  const done = { 204: Type.Null(), ...PROBLEMS };
  const tags = ['people'];
  return (api) => {
    api.get(
      '/auth/me',
      {
        ...people,
        schema: {
          operationId: 'getOwnUser',
          summary: 'Who is logged in',
          tags,
          response: { 200: UserView, ...PROBLEMS },
        },
      },
      async (request) => userView(await account.person(ownOf(request)), null) as never,
    );
    api.post(
      '/auth/password',
      {
        ...people,
        schema: {
          ...{ operationId: 'changeOwnPassword', summary: 'Change the own password; other logins end', tags },
          body: Type.Object(
            { password: PasswordField, newPassword: NewPasswordField },
            { additionalProperties: false },
          ),
          response: done,
        },
      },
      async (request, reply) => {
        const { password, newPassword } = request.body;
        await account.setPassword(ownOf(request), password, newPassword, accessOf(request));
        return reply.code(204).send(null as never);
      },
    );
    api.post(
      '/auth/totp',
      {
        ...people,
        schema: {
          ...{
            operationId: 'prepareTotp',
            summary: 'Prepare a second factor, which a first code turns on',
            tags,
          },
          body: Type.Object({ password: PasswordField }, { additionalProperties: false }),
          response: {
            200: Type.Object({
              secret: Type.String({ description: 'Base32' }),
              uri: Type.String({ description: 'otpauth:, for a QR code' }),
            }),
            ...PROBLEMS,
          },
        },
      },
      async (request, reply) => {
        const enrolment = await account.prepareTotp(ownOf(request), request.body.password, accessOf(request));
        return reply.header('cache-control', 'no-store').send(enrolment);
      },
    );
    api.post(
      '/auth/totp/confirm',
      {
        ...people,
        schema: {
          ...{ operationId: 'confirmTotp', summary: 'Turn the second factor on; other logins end', tags },
          body: Type.Object({ code: CodeField }, { additionalProperties: false }),
          response: {
            200: Type.Object({
              recovery_codes: Type.Array(Type.String(), {
                description: 'Each good once in place of a code; not shown again',
              }),
            }),
            ...PROBLEMS,
          },
        },
      },
      async (request, reply) => {
        const codes = await account.confirmTotp(ownOf(request), request.body.code, accessOf(request));
        return reply.header('cache-control', 'no-store').send({ recovery_codes: codes });
      },
    );
    api.post(
      '/auth/totp/remove',
      {
        ...people,
        schema: {
          ...{ operationId: 'removeTotp', summary: 'Turn the second factor off; other logins end', tags },
          body: Type.Object({ password: PasswordField, code: CodeField }, { additionalProperties: false }),
          response: done,
        },
      },
      async (request, reply) => {
        const { password, code } = request.body;
        await account.removeTotp(ownOf(request), password, code, accessOf(request));
        return reply.code(204).send(null as never);
      },
    );
  };
}

function ownOf({ asking: { caller } }: FastifyRequest): UserCaller {
  if (caller instanceof UserCaller) return caller;
  throw new TactusError('TACTUS_NOT_ALLOWED', 'this is for people who have logged in, not for API keys');
}
