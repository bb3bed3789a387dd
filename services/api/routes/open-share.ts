import { Type } from 'typebox';
import { isoTime } from '../../../shared/core/iso-time.js';
import { accessOf, type Routes } from '../http/app.js';
import { PROBLEMS } from '../http/problem.js';
import { Time } from './requests.js';
import type { ApiServices } from './services.js';

/** `auth/share`: what the page does with the token of a link. */
export function openShareRoutes({ sharing }: Pick<ApiServices, 'sharing'>): Routes {
  return (api) => {
    api.post(
      '/auth/share',
      {
        config: { refusals: [401, 429] },
        schema: {
          ...{
            operationId: 'openDashboardShare',
            summary: 'Open a link to a dashboard',
            tags: ['dashboards'],
          },
          description: `The token of a link, behind its \`#share=\`, is exchanged for one that reads what the dashboard shows, for ten minutes; as often as
one likes, until the link expires or is revoked.`,
          security: [],
          body: Type.Object(
            { token: Type.String({ minLength: 1, maxLength: 256 }) },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({
              access_token: Type.String({ description: 'A JWT, for `Authorization: Bearer`' }),
              token_type: Type.Literal('Bearer'),
              expires_in: Type.Integer({ description: 'Seconds' }),
              tenantId: Type.String(),
              dashboardId: Type.String(),
              title: Type.String(),
              expiresAt: Time,
            }),
            ...PROBLEMS,
          },
        },
      },
      async (request, reply) => {
        const opened = await sharing.links.open(request.body.token, accessOf(request));
        const { accessToken, expiresInS, expiresAt, tenantId, dashboardId, title } = opened;
        reply.header('cache-control', 'no-store');
        return {
          ...{ access_token: accessToken, token_type: 'Bearer' as const, expires_in: expiresInS },
          ...{ tenantId, dashboardId, title, expiresAt: isoTime(expiresAt) },
        };
      },
    );
  };
}
