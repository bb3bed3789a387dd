import { createHash } from 'node:crypto';
import type { Routes } from '../http/app.js';
import { FRONT_SCRIPT, FRONT_STYLE, frontPage } from '../http/front-page.js';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but what the page itself has, and requests to where it comes from. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(FRONT_SCRIPT)}`,
  `style-src ${hashOf(FRONT_STYLE)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What browsers say of who has led to a page. */
const ELSEWHERE: ReadonlySet<unknown> = new Set(['cross-site', 'same-site']);

/** `GET /`: where links to log in lead. */
export function frontPageRoute(): Routes {
  return (api) => {
    api.get('/', { schema: { hide: true } }, async ({ headers }, reply) =>
      reply
        .header('content-security-policy', POLICY)
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(frontPage(ELSEWHERE.has(headers['sec-fetch-site']))),
    );
  };
}
