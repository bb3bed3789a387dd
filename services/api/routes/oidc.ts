import { Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import { accessOf, type Routes } from '../http/app.js';
import { PROBLEMS } from '../http/problem.js';
import type { ApiServices } from './services.js';
import { SessionCookies } from './session-cookies.js';

/** A path of ours: neither another host nor what a browser takes for one. */
const RETURN_TO = '^/(?![/\\\\])[^\\\\\\s]*$';

/** `auth/oidc/login` and `auth/oidc/callback`, for browsers. */
export function oidcRoutes({ people, secureCookies }: ApiServices): Routes {
  const cookies = new SessionCookies(secureCookies);
  const open = { tags: ['people'], security: [] };
  const provider = () => {
    if (people.federated !== null) return people.federated;
    throw new TactusError('TACTUS_NOT_FOUND', 'no identity provider is set up (TACTUS_OIDC_ISSUER)');
  };
  const response = { 302: Type.Null({ description: 'Location says where to' }), ...PROBLEMS };
  return (api) => {
    api.get(
      '/auth/oidc/login',
      {
        config: { refusals: [404] },
        schema: {
          ...{ operationId: 'beginOidcLogin', summary: 'Log in at the identity provider', ...open, response },
          querystring: Type.Object(
            {
              return_to: Type.String({
                ...{ pattern: RETURN_TO, maxLength: 2_048, default: '/' },
                description: 'Path that the browser is sent to in the end',
              }),
            },
            { additionalProperties: false },
          ),
        },
      },
      async (request, reply) => {
        const { url, pending } = await provider().begin(request.query.return_to);
        cookies.setPending(request, reply, pending);
        return reply.header('cache-control', 'no-store').redirect(url);
      },
    );
    api.get(
      '/auth/oidc/callback',
      {
        config: { refusals: [401, 404, 409] },
        schema: {
          ...{
            operationId: 'endOidcLogin',
            summary: 'Where the identity provider sends browsers back to',
            ...open,
          },
          description:
            'Sets the cookie of the refresh token: the page that follows gets its tokens by `auth/refresh`.',
          // What providers send besides is of no matter.
          querystring: Type.Object(
            { state: Type.String({ maxLength: 512 }) },
            { additionalProperties: true },
          ),
          response,
        },
      },
      async (request, reply) => {
        const query = request.url.slice(request.url.indexOf('?'));
        const { refreshToken, returnTo } = await provider().finish(
          query,
          cookies.pending(request),
          accessOf(request),
        );
        cookies.clearPending(request, reply);
        cookies.setRefreshToken(request, reply, refreshToken);
        return reply.header('cache-control', 'no-store').redirect(returnTo);
      },
    );
  };
}
