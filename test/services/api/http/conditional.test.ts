import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Type } from 'typebox';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import { KeyCallers } from '../../../../services/api/access/key-callers.js';
import { type Api, type App, buildApp } from '../../../../services/api/http/app.js';
import { names } from '../../../../services/api/http/conditional.js';
import { APP_OPTIONS } from './app-options.js';

const BODY = { items: Array.from({ length: 200 }, (_, i) => `item ${i}`) };

describe('conditional requests', () => {
  let app: App;
  let items: string[] = [];

  before(async () => {
    const answer = Type.Object({ items: Type.Array(Type.String()) });
    const schema = { response: { 200: answer } };
    const routes = (api: Api) => {
      api.get('/items', { config: { right: 'read' }, schema }, () => ({ items }));
      api.get('/versions', { config: { right: 'read' }, schema }, (_request, reply) => {
        reply.header('etag', '"7"');
        return { items };
      });
      api.get('/keys', { config: { right: 'admin' }, schema }, () => ({ items }));
    };
    const keys = new KeyCallers({
      verify: (keyId) => ({ keyId, tenantId: 'own', scopes: new Set(['admin']) }),
      authorize: () => ({ tenantId: 'own' }),
    });
    app = await buildApp({
      ...APP_OPTIONS,
      gatekeeper: new Gatekeeper([keys], () => {}),
      corsOrigins: ['https://ops.example.com'],
      routes: [routes],
    });
  });
  after(() => app.close());

  const ask = (path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.api.inject({ method, url: `/api/v1/${path}`, headers: { authorization: 'Bearer key', ...headers } });

  it('are answered 304 as long as the answer is the same, also where it is compressed', async () => {
    ({ items } = BODY);
    const first = await ask('items', { 'accept-encoding': 'gzip' });
    const etag = String(first.headers.etag);
    assert.equal(first.statusCode, 200);
    assert.equal(first.headers['content-encoding'], 'gzip');
    assert.equal(first.headers['cache-control'], 'private, no-cache');
    assert.deepEqual(String(first.headers.vary).toLowerCase().split(', ').sort(), [
      ...['accept-encoding', 'authorization', 'origin', 'x-api-key', 'x-scope-orgid'],
    ]);
    const again = await ask('items', { 'if-none-match': `"other", ${etag}` });
    assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', etag]);
    assert.equal(again.headers['cache-control'], 'private, no-cache');
    assert.deepEqual(
      [again.headers['content-type'], again.headers['content-length']],
      [undefined, undefined],
    );
    const head = await ask('items', { 'if-none-match': etag }, 'HEAD');
    const length = String(JSON.stringify(BODY).length);
    assert.deepEqual(
      [head.statusCode, head.headers.etag, head.headers['content-length']],
      [200, etag, length],
    );
    items = ['another'];
    const changed = await ask('items', { 'if-none-match': etag });
    assert.deepEqual([changed.statusCode, changed.json()], [200, { items }]);
    assert.notEqual(changed.headers.etag, etag);
  });

  it('compare the version where an answer has one', async () => {
    assert.equal((await ask('versions')).headers.etag, '"7"');
    for (const [known, status] of [
      ...([['"7"', 304] as const, ['W/"7"', 304] as const, ['"6"', 200] as const] as const),
    ])
      assert.equal((await ask('versions', { 'if-none-match': known })).statusCode, status, known);
  });

  it('are not of what only admins read, which nobody is to keep, nor of errors', async () => {
    const keys = await ask('keys', { 'if-none-match': '*' });
    assert.deepEqual(
      [keys.statusCode, keys.headers['cache-control'], keys.headers.etag],
      [...[200, 'no-store', undefined]],
    );
    const refused = await app.api.inject({ url: '/api/v1/items', headers: { 'if-none-match': '*' } });
    assert.deepEqual([refused.statusCode, refused.headers['cache-control']], [401, 'no-store']);
  });

  it('are described', () => {
    const { paths } = app.api.swagger() as unknown as {
      paths: Record<string, { get: { responses: object; parameters?: { name: string }[] } }>;
    };
    const { responses, parameters = [] } = paths['/api/v1/items']?.get ?? { responses: {} };
    assert.ok('304' in responses);
    assert.deepEqual(
      parameters.map(({ name }) => name),
      ['if-none-match'],
    );
    assert.ok(!('304' in (paths['/api/v1/keys']?.get.responses ?? {})));
  });

  it('name ETags in a list, weak or strong', () => {
    assert.ok(names('*', '"a"'));
    assert.ok(names('W/"b","a, c"', '"a, c"'));
    assert.ok(!names('"b", c', '"c"'));
  });
});
