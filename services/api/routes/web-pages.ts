import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Routes } from '../http/app.js';
import { readWebPages, WEB_ASSETS, WEB_POLICY } from '../http/web-pages.js';
import type { ApiServices } from './services.js';

/** What browsers say of who has led to a page. */
const ELSEWHERE: ReadonlySet<unknown> = new Set(['cross-site', 'same-site']);
const YEAR_MS = 365 * 86_400_000;

/** `GET /` and the other addresses of the dashboard, and what its pages are made of. */
export function webPageRoutes({ people }: Pick<ApiServices, 'people'>): Routes {
  return (api) => {
    for (const [path, { page, fromElsewhere }] of readWebPages(people.federated !== null)) {
      const answer = async ({ headers }: FastifyRequest, reply: FastifyReply) =>
        reply
          .header('content-security-policy', WEB_POLICY)
          .header('cache-control', 'no-store')
          .header('vary', 'sec-fetch-site')
          .type('text/html; charset=utf-8')
          .send(ELSEWHERE.has(headers['sec-fetch-site']) ? fromElsewhere : page);
      for (const address of path === '' ? ['/'] : [`/${path}`, `/${path}/*`])
        api.get(address, { schema: { hide: true } }, answer);
    }
    void api.register(fastifyStatic, {
      root: WEB_ASSETS,
      prefix: '/assets/',
      index: false,
      // A name stands for what is in it.
      maxAge: YEAR_MS,
      immutable: true,
      preCompressed: true,
      schemaHide: true,
    });
  };
}
