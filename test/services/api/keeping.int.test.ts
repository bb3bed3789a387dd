import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { AuditRecord } from '../../../schemas/types.js';
import { ApiFixture } from '../../support/api-fixture.js';
import { type Follower, PlainClient } from '../../support/plain-client.js';
import { refusePoints } from '../../support/refused-points.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';

describe('what is kept and administered through the API', { timeout: 240_000 }, () => {
  const own = `own-${randomUUID()}`;
  const other = `other-${randomUUID()}`;
  let api: ApiFixture;
  let audit: Follower<AuditRecord>;
  const keys = { read: '', operate: '', admin: '', other: '', all: '' };

  before(async () => {
    api = await ApiFixture.start('api-keeping', { TACTUS_DEDUP_WINDOW_MS: '1000' });
    const client = new PlainClient(sharedServers(), api.prefix);
    await refusePoints(
      client,
      api.prefix,
      [0, 1, 2].flatMap((n) =>
        [own, other].map((tenant) => ({
          ...{ tenant, value: Buffer.from(`value ${n} of ${tenant}`), message: `65 tags of ${tenant}` },
        })),
      ),
    );
    [keys.read, keys.operate, keys.admin, keys.other, keys.all] = await Promise.all([
      api.key(own, 'read'),
      api.key(own, 'operate'),
      api.key(own, 'admin'),
      api.key(other, 'admin'),
      api.key('*', 'admin'),
    ]);
    audit = await client.follow<AuditRecord>('audit');
    await until('the keys to be known', async () => {
      const answers = await Promise.all(
        Object.values(keys).map((key) =>
          api.ask(key, `/api/v1/dashboards?tenantId=${key === keys.other ? other : own}`),
        ),
      );
      return answers.every(({ status }) => status === 200);
    });
  });

  after(async () => {
    await Promise.all([api.stop(), audit.close()]);
  });

  const send = (
    key: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => api.ask(key, `/api/v1/${path}`, { method, headers, ...(body !== undefined && { body }) });

  it('keeps dashboards, in which no change is lost', async () => {
    const content = { title: 'Checkout', spec: { panels: [{ metric: 'latency' }] } };
    assert.equal((await send(keys.read, 'POST', 'dashboards', content)).status, 403);
    const made = await send(keys.operate, 'POST', 'dashboards', { id: 'checkout', ...content });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const etag = made.headers.get('etag') ?? '';
    assert.equal(
      (await send(keys.operate, 'POST', 'dashboards', { id: 'checkout', ...content })).status,
      409,
    );
    assert.equal((await send(keys.other, 'GET', 'dashboards/checkout')).status, 404);
    assert.equal(
      (await send(keys.read, 'GET', 'dashboards/checkout', undefined, { 'if-none-match': etag })).status,
      304,
    );
    const put = (title: string, match?: string) =>
      send(
        ...([keys.operate, 'PUT', 'dashboards/checkout', { ...content, title }] as const),
        match === undefined ? {} : { 'if-match': match },
      );
    assert.deepEqual((await put('A')).status, 428);
    const [a, b] = await Promise.all([put('A', etag), put('B', etag)]);
    assert.deepEqual([a.status, b.status].sort(), [200, 412], 'of two changes of one version one is refused');
    const [won, lost] = a.status === 200 ? [a, b] : [b, a];
    assert.equal(lost.body.code, 'TACTUS_VERSION_MISMATCH');
    const shown = await send(keys.read, 'GET', 'dashboards/checkout');
    assert.deepEqual([shown.body, shown.headers.get('etag')], [won.body, won.headers.get('etag')]);
    const list = await send(keys.read, 'GET', 'dashboards');
    assert.deepEqual(
      list.body.items
        .filter(({ shipped }: { shipped: boolean }) => !shipped)
        .map(({ id }: { id: string }) => id),
      ['checkout'],
    );
    const remove = (match: string) =>
      send(keys.operate, 'DELETE', 'dashboards/checkout', undefined, { 'if-match': match });
    assert.equal((await remove(etag)).status, 412);
    assert.equal((await remove(shown.headers.get('etag') ?? '')).status, 204);
    assert.equal((await remove(etag)).status, 404);
  });

  it('lists the shipped dashboards where their ids belong, and lets nobody change them', async () => {
    const spec = { components: [] };
    for (const id of ['Zoo', 'a', 'zoo'])
      assert.equal((await send(keys.operate, 'POST', 'dashboards', { id, title: 'A', spec })).status, 201);
    const listed: string[] = [];
    let cursor = '';
    do {
      const { body } = await send(keys.read, 'GET', `dashboards?limit=2${cursor && `&cursor=${cursor}`}`);
      listed.push(
        ...body.items.map(({ id, shipped }: { id: string; shipped: boolean }) => `${id} ${shipped}`),
      );
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    assert.deepEqual(listed, [
      ...['Zoo false', 'a false', 'revenue true', 'system_health true', 'user_activity true', 'zoo false'],
    ]);
    const shown = await send(keys.read, 'GET', 'dashboards/revenue');
    assert.deepEqual([shown.status, shown.body.shipped, shown.body.title], [200, true, 'Revenue']);
    const etag = shown.headers.get('etag') ?? '';
    const again = await send(keys.read, 'GET', 'dashboards/revenue', undefined, { 'if-none-match': etag });
    assert.equal(again.status, 304);
    const content = { title: 'Mine', spec: shown.body.spec };
    for (const [method, path, body] of [
      ['POST', 'dashboards', { id: 'revenue', ...content }],
      ['PUT', 'dashboards/revenue', content],
      ['DELETE', 'dashboards/revenue', undefined],
    ] as const) {
      const refused = await send(keys.operate, method, path, body, { 'if-match': etag });
      assert.deepEqual([refused.status, refused.body.code], [409, 'TACTUS_CONFLICT'], method);
      assert.match(refused.body.detail, /"revenue" is that of a shipped dashboard, which is read-only/);
    }
    assert.equal((await send(keys.operate, 'POST', 'dashboards', content)).status, 201, 'a copy is kept');
  });

  it('refuses dashboards that no database keeps', async () => {
    for (const spec of [{ a: 'x\0' }, { a: '\ud800' }, { '\0': 1 }, { a: 'x'.repeat(300_000) }, nested(60)]) {
      const { status, body } = await send(keys.operate, 'POST', 'dashboards', { title: 't', spec });
      assert.ok(status === 400 || status === 413, JSON.stringify(body));
    }
    for (const method of ['PUT', 'DELETE']) {
      const body = method === 'PUT' ? { title: 't', spec: {} } : undefined;
      const refused = await send(keys.operate, method, 'dashboards/%00', body, { 'if-match': '"1"' });
      assert.deepEqual([refused.status, refused.body.code], [400, 'TACTUS_REQUEST_INVALID'], method);
    }
  });

  it('shares one dashboard by a link, which reads what the dashboard shows and nothing else', async () => {
    const at = { title: '', x: 0, y: 0, w: 6, h: 4 };
    const cpu = { ...at, kind: 'chart', metric: 'cpu', tags: { host: 'a' } };
    const firing = { ...at, kind: 'alerts', state: 'firing' };
    const content = { title: 'On the wall', spec: { components: [cpu, firing] } };
    const wrong = { ...content, spec: { components: [{ ...cpu, kind: 'text' }] } };
    const { status, body } = await send(keys.operate, 'POST', 'dashboards', wrong);
    assert.deepEqual([status, body.detail], [400, 'spec.components.0.text: missing; text needs it']);
    for (const id of ['wall', 'desk'])
      assert.equal((await send(keys.operate, 'POST', 'dashboards', { id, ...content })).status, 201);
    for (const host of ['a', 'b'])
      await api.pool.query(
        `INSERT INTO tactus.anomalies SELECT now(), now(), $1 || $2::text, $1, 'cpu', jsonb_build_object('host', $2::text),
           'zscore', '10s', 9, 5, 4, 6, 0.9, 'warning', '', now()`,
        [own, host],
      );

    const shares = 'dashboards/wall/shares';
    assert.equal((await send(keys.read, 'POST', shares, {})).status, 403);
    assert.equal((await send(keys.other, 'POST', shares, {})).status, 404);
    assert.equal((await send(keys.operate, 'POST', shares, { for: '91d' })).status, 400);
    const once = { 'idempotency-key': randomUUID() };
    const wanted = { for: '1h', comment: 'for the office' };
    const made = await send(keys.operate, 'POST', shares, wanted, once);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { token, path, ...share } = made.body;
    assert.equal(path, `/#share=${token}`);
    const again = await send(keys.operate, 'POST', shares, wanted, once);
    assert.deepEqual(again.body, { ...share, token: null, path: null });
    const kept = await api.pool.query('SELECT answer::text FROM tactus.api_requests WHERE key = $1', [
      once['idempotency-key'],
    ]);
    assert.ok(!kept.rows[0].answer.includes(token));

    const open = (given: string) =>
      api.ask(null, '/api/v1/auth/share', { method: 'POST', body: { token: given } });
    const opened = await open(token);
    assert.equal(opened.status, 200, JSON.stringify(opened.body));
    const { access_token: link, ...about } = opened.body;
    assert.deepEqual(about, {
      ...{ token_type: 'Bearer', expires_in: 600, tenantId: own, dashboardId: 'wall', title: 'On the wall' },
      expiresAt: share.expiresAt,
    });
    const listed = await send(keys.operate, 'GET', shares);
    assert.deepEqual(listed.body.items, [{ ...share, usedAt: listed.body.items[0].usedAt }]);
    assert.ok(Date.parse(listed.body.items[0].usedAt) > 0);
    assert.deepEqual((await send(keys.other, 'GET', shares)).status, 404);

    const read = async (asked: string) => (await send(link, 'GET', asked)).status;
    const shown = await send(link, 'GET', 'dashboards/wall');
    assert.deepEqual([shown.status, shown.body.spec, shown.body.updatedBy], [200, content.spec, '']);
    const figures = await send(link, 'GET', 'metrics/query?metric=cpu&tag=host%3Da&from=now-6h');
    assert.equal(figures.status, 200, JSON.stringify(figures.body));
    assert.deepEqual(
      figures.body.anomalies.map(({ tags }: { tags: object }) => tags),
      [{ host: 'a' }],
      'of the series that are shown',
    );
    assert.equal(await read('alerts?state=firing&limit=5'), 200);
    for (const asked of [
      ...['dashboards/desk', 'dashboards', 'metrics', 'anomalies', 'metrics/series?metric=cpu', shares],
      ...[
        'metrics/query?metric=cpu',
        'metrics/query?metric=cpu&tag=host%3Db',
        'alerts',
        'alerts?state=resolved',
      ],
      ...['metrics/aggregated?metric=cpu&tag=host%3Da', 'metrics/query?metric=cpu&tag=host%3Da&exact=true'],
      ...[`metrics/query?metric=cpu&tag=host%3Da&tenantId=${other}`, 'stream?metric=cpu&tag=host%3Da'],
    ])
      assert.equal(await read(asked), 403, asked);

    const put = await send(
      ...([keys.operate, 'PUT', 'dashboards/wall', { ...content, spec: { components: [firing] } }] as const),
      { 'if-match': shown.headers.get('etag') ?? '' },
    );
    assert.equal(put.status, 200, JSON.stringify(put.body));
    assert.equal(await read('metrics/query?metric=cpu&tag=host%3Da'), 403, 'it shows that no more');

    const foreign = await send(keys.other, 'DELETE', `${shares}/${share.id}`);
    assert.equal(foreign.status, 404);
    assert.equal((await send(keys.operate, 'DELETE', `dashboards/desk/shares/${share.id}`)).status, 404);
    assert.equal((await send(keys.operate, 'DELETE', `${shares}/${share.id}`)).status, 204);
    assert.equal(await read('dashboards/wall'), 401, 'at once');
    const refused = await open(token);
    assert.deepEqual([refused.status, refused.body.code], [401, 'TACTUS_LOGIN_REFUSED']);

    const second = (await send(keys.operate, 'POST', shares, {})).body;
    await api.pool.query(`UPDATE tactus.dashboard_shares SET expires_at = now() WHERE id = $1`, [second.id]);
    assert.equal((await open(second.token)).status, 401, 'it has expired');
    assert.deepEqual((await send(keys.operate, 'GET', shares)).body.items, []);
    const third = (await send(keys.operate, 'POST', shares, {})).body;
    const ofThird = (await open(third.token)).body.access_token;
    const version = { 'if-match': put.headers.get('etag') ?? '' };
    assert.equal((await send(keys.operate, 'DELETE', 'dashboards/wall', undefined, version)).status, 204);
    assert.equal((await send(ofThird, 'GET', 'dashboards/wall')).status, 401, 'with its dashboard');
    assert.equal((await open(third.token)).status, 401);

    const entries = await until('the changes in audit', () => {
      const found = audit.values.filter(({ resource }) => resource === 'dashboard/wall');
      return found.some(({ action }) => action === 'dashboard.remove') ? found : null;
    });
    const actions = entries.map(({ action }) => action).filter((action) => /share/.test(action));
    assert.deepEqual(
      actions.sort(),
      ['share', 'share', 'share', 'unshare'].map((one) => `dashboard.${one}`),
    );
    const texts = JSON.stringify(audit.values);
    for (const secret of [token, second.token, third.token, link]) assert.ok(!texts.includes(secret));
    await until('the refusals in audit', () =>
      audit.values.some(({ user, outcome }) => user === `link:${share.id}` && outcome === 'refused'),
    );
  });

  it('lists dead letters of the tenant in pages, and replays each once', async () => {
    const page = async (query: string) => {
      const { status, body } = await send(keys.read, 'GET', `dead-letters?${query}`);
      assert.equal(status, 200, JSON.stringify(body));
      assert.ok(!JSON.stringify(body).includes(other));
      return body;
    };
    const first = await page('limit=2');
    assert.deepEqual([first.items.length, first.total, first.complete], [2, 3, true]);
    assert.equal(Buffer.from(first.items[0].value, 'base64').toString(), `value 2 of ${own}`);
    const second = await page(`limit=2&cursor=${first.nextCursor}`);
    assert.deepEqual([second.items.length, second.nextCursor], [1, null]);
    assert.equal((await page('error=TACTUS_FIELD_*')).items.length, 0);
    const replay = (key: string, body: object) => send(key, 'POST', 'dead-letters/replay', body);
    assert.equal((await replay(keys.read, {})).status, 403);
    assert.equal((await replay(keys.operate, { dryRun: true })).body.replayed, 3);
    const foreign = await replay(keys.other, { id: first.items[0].id });
    assert.deepEqual([foreign.status, foreign.body.replayed], [200, 0], 'of another tenant there is none');
    const done = await replay(keys.operate, {});
    assert.equal(done.status, 200, JSON.stringify(done.body));
    assert.deepEqual([done.body.replayed, done.body.byTopic], [3, { 'ingest.metrics': 3 }]);
    const again = await replay(keys.operate, {});
    assert.deepEqual([again.body.replayed, again.body.skipped], [0, { 'it was replayed before': 3 }]);
    assert.notEqual((await page('limit=1')).items[0].replayedAt, null);
  });

  it('opens a dead letter that is still there, decoded by the schema in the registry that it names', async () => {
    const tenant = `${own}-avro`;
    const client = new PlainClient(sharedServers(), api.prefix);
    const played = await client.encoder('elsewhere', {
      ...{ type: 'record', name: 'Played', fields: [{ name: 'song', type: 'string' }] },
    });
    const values = [
      played({ song: 'Échoes' }),
      Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 2]),
      Buffer.from('{}'),
    ];
    const headers = { traceparent: Buffer.from('00-ab-cd-01') };
    await refusePoints(
      client,
      api.prefix,
      values.map((value) => ({ tenant, value, headers, error: 'TACTUS_FIELD_INVALID', message: 'no' })),
    );
    const ask = (id: string, key = keys.all, of = tenant) =>
      send(key, 'GET', `dead-letters/${id}?tenantId=${of}`);
    const list = await send(keys.all, 'GET', `dead-letters?tenantId=${tenant}`);
    const ids = list.body.items.map(({ id }: { id: string }) => id).reverse();
    const [avro, unknown, json] = await Promise.all(ids.map((id: string) => ask(id)));
    assert.equal(avro.status, 200, JSON.stringify(avro.body));
    const { decoded } = avro.body;
    assert.deepEqual([decoded.schema, JSON.parse(decoded.json)], ['Played', { song: 'Échoes' }]);
    assert.deepEqual(avro.body.headers, [{ name: 'traceparent', value: '00-ab-cd-01' }]);
    assert.equal(Buffer.from(avro.body.value, 'base64').length, avro.body.length);
    assert.match(unknown.body.decoded.problem, /no schema with the id 2147483647/);
    assert.equal(json.body.decoded, null);

    assert.equal((await ask(ids[0], keys.other, other)).status, 404, 'of another tenant');
    assert.equal((await ask('0:999999999')).status, 404);
    assert.equal((await ask('0:x')).status, 400);
    const { body } = await send(keys.all, 'POST', '../../graphql', {
      query: `{ deadLetter(id: "${ids[0]}", tenantId: "${tenant}") { decoded { json } } }`,
    });
    assert.equal(body.data?.deadLetter.decoded.json, decoded.json, JSON.stringify(body));
  });

  it('makes, lists, rotates and revokes keys of the own tenant, each shown once', async () => {
    assert.equal((await send(keys.operate, 'GET', 'keys')).status, 403);
    const once = { 'idempotency-key': randomUUID() };
    const wanted = { scopes: ['read'], name: 'page', expires: '1d' };
    const made = await send(keys.admin, 'POST', 'keys', wanted, once);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.match(made.body.key, /^tactus_/);
    const again = await send(keys.admin, 'POST', 'keys', wanted, once);
    assert.deepEqual([again.status, again.body], [201, { ...made.body, key: null }]);
    await until(
      'the key to be known',
      async () => (await send(made.body.key, 'GET', 'dashboards')).status === 200,
    );
    const states = async () => {
      const { body } = await send(keys.admin, 'GET', 'keys');
      assert.ok(!JSON.stringify(body).includes(made.body.key));
      return new Map(body.items.map(({ id, state }: { id: string; state: string }) => [id, state]));
    };
    assert.equal((await states()).size, 4);
    assert.equal((await send(keys.other, 'DELETE', `keys/${made.body.id}`)).status, 404);
    const rotated = await send(keys.admin, 'POST', `keys/${made.body.id}/rotate`, {});
    assert.equal(rotated.status, 201, JSON.stringify(rotated.body));
    assert.equal((await states()).get(made.body.id), 'revoked');
    assert.equal((await send(keys.admin, 'DELETE', `keys/${rotated.body.id}`)).status, 204);
    assert.equal((await states()).get(rotated.body.id), 'revoked');
    await until(
      'the key to be refused',
      async () => (await send(rotated.body.key, 'GET', 'dashboards')).status === 401,
    );
  });

  it('sets up tenants for who administers all, and shows one to who administers it', async () => {
    const profile = { name: 'Acme', quotas: { pointsPerSecond: 5 } };
    assert.equal(
      (await send(keys.admin, 'PUT', `tenants/${own}`, profile)).status,
      403,
      'not its own quotas',
    );
    const set = await send(keys.all, 'PUT', `tenants/${own}`, profile);
    assert.equal(set.status, 200, JSON.stringify(set.body));
    assert.equal((await send(keys.all, 'PUT', `tenants/${other}`, {})).status, 200);
    assert.deepEqual((await send(keys.admin, 'GET', `tenants/${own}`)).body, {
      ...{ id: own, readOnly: false, problem: null, profile },
    });
    const ids = async (key: string) =>
      (await send(key, 'GET', 'tenants')).body.items.map(({ id }: { id: string }) => id);
    assert.deepEqual([await ids(keys.admin), await ids(keys.all)], [[own], [other, own].sort()]);
    assert.equal((await send(keys.admin, 'GET', `tenants/${other}`)).status, 403);
    assert.equal((await send(keys.operate, 'GET', 'tenants')).status, 403);
    const wrong = await send(keys.all, 'PUT', `tenants/${own}`, { quotas: { pointsPerSecond: -1 } });
    assert.match(wrong.body.detail, /quotas\.pointsPerSecond: must be a number/);
    const removed = await send(keys.all, 'DELETE', `tenants/${other}`);
    assert.deepEqual([removed.status, removed.body.keys.length], [200, 1], 'with its keys');
    await until(
      'the key to be refused',
      async () => (await send(keys.other, 'GET', 'dashboards')).status === 401,
    );
  });
});

function nested(depth: number): object {
  return depth === 0 ? {} : { inner: nested(depth - 1) };
}
