import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import { accessOf, type Routes } from '../http/app.js';
import { PROBLEMS } from '../http/problem.js';
import { requireSameOrigin } from '../http/same-origin.js';
import type { Tokens } from '../people/sessions.js';
import type { ApiServices } from './services.js';
import { SessionCookies } from './session-cookies.js';
import { UserView, userView } from './user-view.js';

const RefreshToken = Type.String({ minLength: 1, maxLength: 256, description: 'Good once' });
/** What is longer is refused by length alone, before anything is computed. */
export const PasswordField = Type.String({ minLength: 1, maxLength: 1_024 });
/** One that is chosen; `PASSWORD_ALLOWED` says what else is. */
export const NewPasswordField = Type.String({ minLength: 8, maxLength: 1_024 });
export const CodeField = Type.String({ minLength: 6, maxLength: 32, examples: ['492039'] });

const InCookie = Type.Boolean({
  default: false,
  description: 'For browsers: the refresh token in the cookie alone',
});

const TokensBody = Type.Object({
  access_token: Type.String({ description: 'A JWT, for `Authorization: Bearer`' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds' }),
  refresh_token: Type.Optional(RefreshToken),
  user: UserView,
});

/** `auth/login`, `auth/link`, `auth/refresh`, `auth/logout`. */
export function authRoutes({ people, corsOrigins, secureCookies }: ApiServices): Routes {
  const { sessions, callers } = people;
  const cookies = new SessionCookies(secureCookies);
  const open = { tags: ['people'], security: [] };
  const checkOrigin = (request: FastifyRequest) => requireSameOrigin(request.headers, corsOrigins);
  const begun = (
    request: FastifyRequest,
    reply: FastifyReply,
    tokens: Tokens & { readonly device: string },
    inCookie: boolean,
  ) => {
    cookies.setRefreshToken(request, reply, tokens.refreshToken);
    cookies.setDevice(request, reply, tokens.device);
    return reply.header('cache-control', 'no-store').send(tokensBody(tokens, !inCookie));
  };
  return (api) => {
    api.post(
      '/auth/login',
      {
        config: { refusals: [401, 403, 429] },
        preValidation: async (request) => checkOrigin(request),
        schema: {
          ...{ operationId: 'login', summary: 'Log in with a password', ...open },
          description: `Gives an access token, and a refresh token both in the answer and in a cookie (httpOnly, SameSite=Strict). With a second factor
\`code\` is needed too: without it the answer is 401 with TACTUS_SECOND_FACTOR_REQUIRED.`,
          body: Type.Object(
            {
              username: Type.String({ minLength: 1, maxLength: 256, examples: ['ada'] }),
              password: PasswordField,
              code: Type.Optional(CodeField),
              cookie: InCookie,
            },
            { additionalProperties: false },
          ),
          response: { 200: TokensBody, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { username, password, code = null, cookie } = request.body;
        const login = { username, password, code, device: cookies.device(request) };
        return begun(request, reply, await sessions.login(login, accessOf(request)), cookie);
      },
    );
    api.post(
      '/auth/link',
      {
        config: { refusals: [401, 403, 429] },
        preValidation: async (request) => checkOrigin(request),
        schema: {
          ...{ operationId: 'loginByLink', summary: 'Log in by a link', ...open },
          description: `The code of a link of \`tactus users link\`, behind its \`#login=\`, stands for the password: once, for ten minutes. The answer is
that of \`auth/login\`. With a second factor \`code\` is needed too; without it the link stays good.`,
          body: Type.Object(
            {
              link: Type.String({ minLength: 1, maxLength: 256 }),
              code: Type.Optional(CodeField),
              cookie: InCookie,
            },
            { additionalProperties: false },
          ),
          response: { 200: TokensBody, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { link, code = null, cookie } = request.body;
        return begun(request, reply, await sessions.loginByLink({ link, code }, accessOf(request)), cookie);
      },
    );
    const body = Type.Union([
      Type.Null(),
      Type.Object({ refresh_token: Type.Optional(RefreshToken) }, { additionalProperties: false }),
    ]);
    api.post(
      '/auth/refresh',
      {
        config: { refusals: [401, 403, 429] },
        preValidation: async (request) => checkOrigin(request),
        schema: {
          ...{ operationId: 'refresh', summary: 'Get new tokens for a refresh token', ...open },
          description: `The refresh token of the body, or else of the cookie; the new one comes back the same way. The old one is void: used again it
ends the login, because two have it then.`,
          ...{ body, response: { 200: TokensBody, ...PROBLEMS } },
        },
      },
      async (request, reply) => {
        const inCookie = cookies.refreshToken(request);
        const inBody = request.body?.refresh_token ?? null;
        const presented = inBody ?? inCookie;
        if (presented === null)
          throw new TactusError(
            'TACTUS_LOGIN_REFUSED',
            'refresh_token: is neither in the body nor in a cookie',
          );
        const tokens = await sessions.refresh(presented, accessOf(request));
        if (inCookie !== null) cookies.setRefreshToken(request, reply, tokens.refreshToken);
        return reply.header('cache-control', 'no-store').send(tokensBody(tokens, inBody !== null));
      },
    );
    api.post(
      '/auth/logout',
      {
        config: { refusals: [401, 403] },
        preValidation: async (request) => checkOrigin(request),
        schema: {
          ...{ operationId: 'logout', summary: 'End a login', ...open },
          description: `That of the refresh token in body or cookie, or else of the access token. All that the login has open is closed within two seconds.`,
          ...{ body, response: { 204: Type.Null(), ...PROBLEMS } },
        },
      },
      async (request, reply) => {
        const presented = request.body?.refresh_token ?? cookies.refreshToken(request);
        const from = accessOf(request);
        if (presented !== null) await sessions.logout(presented, from);
        else {
          const [, token = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
          const caller = callers.authenticate(token, accessOf(request));
          if (caller !== null) await sessions.end(caller.sessionId, from);
        }
        cookies.clear(request, reply);
        return reply.code(204).send(null as never);
      },
    );
  };
}

function tokensBody({ accessToken, expiresInS, refreshToken, person }: Tokens, withRefreshToken: boolean) {
  return {
    ...{ access_token: accessToken, token_type: 'Bearer' as const, expires_in: expiresInS },
    ...(withRefreshToken && { refresh_token: refreshToken }),
    user: userView(person, null),
  };
}
