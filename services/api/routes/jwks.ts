import { Type } from 'typebox';
import type { Routes } from '../http/app.js';
import { PROBLEMS } from '../http/problem.js';
import { JWKS_MAX_AGE_S } from '../people/signing-keys.js';
import type { ApiServices } from './services.js';

/** The keys that access tokens are verified by, where others look for them (RFC 7517). */
export function jwksRoutes({ people: { keys } }: ApiServices): Routes {
  return (api) => {
    api.get(
      '/.well-known/jwks.json',
      {
        schema: {
          ...{
            operationId: 'getJwks',
            summary: 'Public keys of access tokens',
            tags: ['people'],
            security: [],
          },
          response: {
            200: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }),
            ...PROBLEMS,
          },
        },
      },
      async (_request, reply) =>
        reply.header('cache-control', `public, max-age=${JWKS_MAX_AGE_S}`).send(keys.jwks() as never),
    );
  };
}
