import { Type } from 'typebox';
import type { Routes } from '../http/app.js';
import { PROBLEMS } from '../http/problem.js';
import { TenantQuery } from './requests.js';
import type { ApiServices } from './services.js';

const Answer = Type.Object({
  gatewayUrl: Type.Union([Type.String(), Type.Null()], {
    description: 'Where points and events are sent to (TACTUS_API_GATEWAY_URL); null where it is not set',
  }),
});

/** What somebody needs to begin. It names no tenant. */
export function setupRoutes({ limits }: ApiServices): Routes {
  return (api) => {
    api.get(
      '/setup',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'getSetup',
          summary: 'Where points are sent to',
          tags: ['pipeline'],
          querystring: TenantQuery,
          response: { 200: Answer, ...PROBLEMS },
        },
      },
      () => ({ gatewayUrl: limits.gatewayUrl === '' ? null : limits.gatewayUrl }),
    );
  };
}
