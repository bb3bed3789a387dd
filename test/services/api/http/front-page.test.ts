import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import fastify from 'fastify';
import type { Api } from '../../../../services/api/http/app.js';
import { FRONT_SCRIPT } from '../../../../services/api/http/front-page.js';
import { frontPageRoute } from '../../../../services/api/routes/front-page.js';
import { until } from '../../../support/until.js';

interface Part {
  hidden: boolean;
  textContent: string;
  onclick: () => void;
}

/** The script of the page, in as much of a browser as it needs. */
function opened(hash: string, from: string | undefined) {
  const parts = new Map<string, Part>();
  const posted: string[] = [];
  const part = (id: string): Part => {
    const known = parts.get(id) ?? { hidden: true, textContent: '', onclick: () => {} };
    parts.set(id, known);
    return known;
  };
  const user = { name: 'ada', roles: {} };
  runInContext(
    FRONT_SCRIPT,
    createContext({
      document: { getElementById: part, body: { dataset: { from } } },
      fetch: async (path: string) => {
        posted.push(path);
        return { ok: true, text: async () => JSON.stringify({ user }) };
      },
      ...{ location: { hash, pathname: '/' }, history: { replaceState: () => {} }, navigator: {} },
      addEventListener: () => {},
    }),
  );
  return { part, posted };
}

const LINK = '#login=abc';

test('a link logs in at once who has opened it, and whom a page of another site leads there once they say so', async () => {
  const own = opened(LINK, undefined);
  await until('the login', () => own.part('status').textContent === 'Logged in as ada.');
  assert.deepEqual(own.posted, ['/api/v1/auth/link']);
  const led = opened(LINK, 'elsewhere');
  assert.deepEqual([led.posted, led.part('by').hidden], [[], false]);
  led.part('by').onclick();
  await until('the login', () => led.part('status').textContent === 'Logged in as ada.');
  assert.deepEqual([led.posted, led.part('by').hidden], [['/api/v1/auth/link'], true]);
});

test('the page says whether another site leads to it, and is not kept', async () => {
  const api = fastify();
  frontPageRoute()(api as unknown as Api);
  for (const [site, isFromElsewhere] of [
    ['none', false],
    ['same-origin', false],
    ['cross-site', true],
    ['same-site', true],
  ] as const) {
    const { body, headers } = await api.inject({ url: '/', headers: { 'sec-fetch-site': site } });
    assert.equal(body.includes('<body data-from="elsewhere">'), isFromElsewhere, site);
    assert.equal(headers['cache-control'], 'no-store');
  }
  assert.ok((await api.inject('/')).body.includes('<body>'), 'a browser that does not say so');
});
