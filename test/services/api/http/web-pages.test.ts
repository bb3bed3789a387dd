import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fastify from 'fastify';
import type { Api } from '../../../../services/api/http/app.js';
import { WEB_PATHS } from '../../../../services/api/http/web-pages.js';
import { webPageRoutes } from '../../../../services/api/routes/web-pages.js';

/** Whether an identity provider is set up is all that matters of people. */
const people = (hasProvider: boolean) =>
  ({ people: { federated: hasProvider ? {} : null } }) as Parameters<typeof webPageRoutes>[0];

describe('the pages of the dashboard', () => {
  const api = fastify();
  before(() => webPageRoutes(people(false))(api as unknown as Api));
  after(() => api.close());

  it('say whether another site leads to them, and are not kept', async () => {
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

  it('say whether there is an identity provider', async () => {
    const other = fastify();
    webPageRoutes(people(true))(other as unknown as Api);
    assert.ok((await other.inject('/')).body.includes('<body data-provider>'));
    const { body } = await other.inject({ url: '/', headers: { 'sec-fetch-site': 'cross-site' } });
    assert.ok(body.includes('<body data-from="elsewhere" data-provider>'));
    await other.close();
  });

  it('are there at each of their addresses, and at no other', async () => {
    for (const path of ['/', ...WEB_PATHS.map((one) => `/${one}`), '/alerts/a/b?from=now-1h'])
      assert.equal((await api.inject(path)).statusCode, 200, path);
    assert.equal((await api.inject('/elsewhere')).statusCode, 404);
  });

  it('name all that they are made of, once, so that nothing is found out file by file', async () => {
    const hrefs = async (path: string) =>
      [...(await api.inject(path)).body.matchAll(/<link rel="([^"]+)"[^>]* href="([^"]+)"/g)].map(
        ([, rel = '', href = '']) => ({ rel, href }),
      );
    const explore = await hrefs('/explore?metric=plays');
    assert.equal(new Set(explore.map(({ href }) => href)).size, explore.length);
    for (const { href } of explore) assert.equal((await api.inject(href)).statusCode, 200, href);
    for (const { rel, href } of explore.filter(({ rel }) => rel === 'modulepreload')) {
      const imports = (await api.inject(href)).body.matchAll(/(?:from|import) ?["'`]\.\/([^"'`]+\.js)["'`]/g);
      for (const [, file] of imports)
        assert.ok(
          explore.some((one) => one.rel === rel && one.href === `/assets/${file}`),
          `${href} imports ${file}`,
        );
    }
    assert.ok(explore.some(({ rel, href }) => rel === 'preload' && href.endsWith('.woff2')));
    const own = (links: typeof explore) => new Set(links.map(({ href }) => href));
    assert.ok(own(explore).difference(own(await hrefs('/settings'))).size > 2, 'a chart, of Explore alone');
  });

  it('have scripts that are kept for good, compressed where a browser takes that', async () => {
    const { body } = await api.inject('/');
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(body) ?? [];
    for (const encoding of ['br', 'gzip', undefined]) {
      const answer = await api.inject({
        url: script,
        headers: encoding === undefined ? {} : { 'accept-encoding': encoding },
      });
      assert.equal(answer.statusCode, 200);
      assert.equal(answer.headers['content-encoding'], encoding);
      assert.match(String(answer.headers['cache-control']), /max-age=31536000, immutable/);
    }
    assert.equal((await api.inject('/assets/../index.html')).statusCode, 404);
  });
});
