import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { TOTP } from 'otpauth';
import type { AuditRecord } from '../../../../schemas/types.js';
import { type ApiAnswer, ApiFixture } from '../../../support/api-fixture.js';
import { PROGRAM, runTactus } from '../../../support/command-line.js';
import { type Follower, PlainClient } from '../../../support/plain-client.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';
import {
  CLIENT,
  type LocalProvider,
  localProvider,
  REDIRECT_URL,
  throughProvider,
} from './local-provider.js';

const PASSWORD = 'correct horse battery staple';
/** How soon every process knows of a change. */
const PROMISED_MS = 2_000;

describe('people and the API', { timeout: 300_000 }, () => {
  /** The database is shared by all tests. */
  const tenant = `people-${randomBytes(4).toString('hex')}`;
  const ada = `ada.${tenant}`;
  let api: ApiFixture;
  let audit: Follower<AuditRecord>;
  let local: LocalProvider;

  const users = async (args: readonly string[], input = '') => {
    const { code, stderr } = await runTactus(['users', ...args], api.env, PROGRAM, input);
    assert.equal(code, 0, stderr);
  };
  const post = (
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    key: string | null = null,
  ) => api.ask(key, `/api/v1/${path}`, { method: 'POST', headers, ...(body !== undefined && { body }) });
  const login = (username = ada, more: object = {}) =>
    post('auth/login', { username, password: PASSWORD, ...more });
  const cookieOf = (answer: ApiAnswer, name: string): string => {
    const found = answer.headers.getSetCookie().find((one) => one.startsWith(`${name}=`));
    return found?.split(';')[0] ?? '';
  };
  const statusOf = async (token: string, path = 'metrics') =>
    (await api.ask(token, `/api/v1/${path}`)).status;

  before(async () => {
    local = await localProvider();
    api = await ApiFixture.start('api-people', {
      ...{ TACTUS_OIDC_ISSUER: local.issuer, TACTUS_OIDC_REDIRECT_URL: REDIRECT_URL },
      ...{ TACTUS_OIDC_CLIENT_ID: CLIENT.id, TACTUS_OIDC_CLIENT_SECRET: CLIENT.secret },
    });
    await users(['add', ada, '--role', 'admin', '--tenant', tenant], PASSWORD);
    audit = await new PlainClient(sharedServers(), api.prefix).follow<AuditRecord>('audit');
  });
  after(async () => {
    await audit.close();
    await api.stop();
    await local.close();
  });

  it('log in, refresh, and are cut off within two seconds when an old refresh token is used again', async () => {
    const first = await login();
    assert.equal(first.status, 200, JSON.stringify(first.body));
    assert.deepEqual([first.body.token_type, first.body.expires_in], ['Bearer', 600]);
    assert.deepEqual([first.body.user.name, first.body.user.roles], [ada, { [tenant]: 'admin' }]);
    assert.equal(first.headers.get('cache-control'), 'no-store');
    const jwks = (await api.ask(null, '/.well-known/jwks.json')).body as JSONWebKeySet;
    await jwtVerify(first.body.access_token, createLocalJWKSet(jwks), { issuer: 'tactus' });
    assert.equal(await statusOf(first.body.access_token), 200);

    const second = await post('auth/refresh', { refresh_token: first.body.refresh_token });
    assert.equal(second.status, 200);
    assert.equal(await statusOf(second.body.access_token), 200);
    const reused = await post('auth/refresh', { refresh_token: first.body.refresh_token });
    assert.deepEqual([reused.status, reused.body.code], [401, 'TACTUS_LOGIN_REFUSED']);
    const cut = async () => (await statusOf(second.body.access_token)) === 401;
    await until('the access token to be refused', cut, PROMISED_MS);
    assert.equal((await post('auth/refresh', { refresh_token: second.body.refresh_token })).status, 401);
  });

  it('are cut off within two seconds when somebody removes their role, by whatever process', async (t) => {
    await users(['add', `grace.${tenant}`, '--role', 'viewer', '--tenant', tenant], PASSWORD);
    const { access_token: token } = (await login(`grace.${tenant}`)).body;
    assert.equal(await statusOf(token), 200);
    assert.equal(await statusOf(token, 'users'), 403, 'a viewer is no admin');
    assert.equal(await statusOf(token, 'metrics?tenantId=other'), 403);
    await users(['rm', `grace.${tenant}`]);
    const began = performance.now();
    await until('the access token to be refused', async () => (await statusOf(token)) === 401, PROMISED_MS);
    t.diagnostic(`refused ${Math.round(performance.now() - began)} ms after the command had ended`);
  });

  it('keep the refresh token in a cookie that scripts and other sites do not get', async () => {
    const answer = await login(ada, { cookie: true });
    assert.equal(answer.body.refresh_token, undefined);
    const [set = ''] = answer.headers.getSetCookie().filter((one) => one.startsWith('tactus-refresh='));
    assert.match(set, /HttpOnly/);
    assert.match(set, /SameSite=Strict/);
    assert.match(set, /Path=\/api\/v1\/auth(;|$)/);
    const cookie = cookieOf(answer, 'tactus-refresh');
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      assert.equal(
        (await post('auth/refresh', undefined, { cookie, ...headers })).status,
        403,
        JSON.stringify(headers),
      );
      assert.equal((await post('auth/logout', undefined, { cookie, ...headers })).status, 403);
      assert.equal((await post('auth/login', { username: ada, password: PASSWORD }, headers)).status, 403);
    }
    const refreshed = await post('auth/refresh', undefined, { cookie, origin: api.url });
    assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body));
    assert.equal(refreshed.body.refresh_token, undefined);
    const next = cookieOf(refreshed, 'tactus-refresh');
    assert.notEqual(next, cookie);
    const out = await post('auth/logout', undefined, { cookie: next });
    assert.equal(out.status, 204);
    assert.match(out.headers.getSetCookie().join(), /tactus-refresh=;/);
    assert.equal((await post('auth/refresh', undefined, { cookie: next })).status, 401);
    const cut = async () => (await statusOf(refreshed.body.access_token)) === 401;
    await until('the access token to be refused', cut, PROMISED_MS);
  });

  it('are the same below /analytics, with a cookie of its own path', async () => {
    const body = { username: ada, password: PASSWORD };
    const answer = await api.ask(null, '/analytics/auth/login', { method: 'POST', body });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.getSetCookie().join(), /Path=\/analytics\/auth/);
    const { access_token: token } = answer.body;
    assert.equal((await api.ask(token, '/api/v1/auth/logout', { method: 'POST' })).status, 204);
    await until('the access token to be refused', async () => (await statusOf(token)) === 401, PROMISED_MS);
  });

  it('log in by a link of a terminal, once, whatever process is asked, and get a cookie', async () => {
    const { code, stdout, stderr } = await runTactus(
      ['users', 'link', ada, '--print', '--url', `${api.url}/ignored`],
      api.env,
      PROGRAM,
    );
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`it logs ${ada} in`));
    const [, origin, link] = /^(\S+)\/#login=([\w-]{43})\n$/.exec(stdout) ?? [];
    assert.equal(origin, api.url, stdout);
    const exchange = (headers = {}) => post('auth/link', { link, cookie: true }, headers);
    assert.equal((await exchange({ origin: 'https://evil.example' })).status, 403);
    const answers = await Promise.all([exchange(), exchange(), exchange({ origin: api.url })]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401]);
    const answer = answers.find(({ status }) => status === 200);
    assert.ok(answer);
    assert.deepEqual([answer.body.user.name, answer.body.refresh_token], [ada, undefined]);
    assert.equal(await statusOf(answer.body.access_token), 200);
    const cookie = cookieOf(answer, 'tactus-refresh');
    assert.equal((await post('auth/refresh', undefined, { cookie })).status, 200);
    const again = await exchange();
    assert.deepEqual([again.status, again.body.code], [401, 'TACTUS_LOGIN_REFUSED']);
    assert.match(again.body.detail, /`tactus users link` prints another one/);
    const { rows } = await api.pool.query(
      'SELECT FROM tactus.login_links l JOIN tactus.users u ON u.id = l.user_id WHERE u.name = $1',
      [ada],
    );
    assert.equal(rows.length, 0);
  });

  it('get no link in a file or a log unless it is asked for', async () => {
    const refused = async (args: readonly string[]) => {
      const { code, stdout, stderr } = await runTactus(['users', 'link', ...args], api.env, PROGRAM);
      assert.equal(stdout, '');
      return [code, stderr];
    };
    assert.deepEqual(await refused([ada]), [
      2,
      'tactus users link: stdout is no terminal, and who has the link logs in: --print prints it nevertheless\n',
    ]);
    assert.deepEqual((await refused(['--print']))[0], 2);
    assert.deepEqual((await refused([`nobody.${tenant}`, '--print']))[0], 1);
  });

  it('turn a second factor on, and log in with its codes', async () => {
    const { access_token: token } = (await login()).body;
    const asked = await post('auth/totp', { password: PASSWORD }, {}, token);
    assert.equal(asked.status, 200, JSON.stringify(asked.body));
    const totp = new TOTP({ secret: asked.body.secret });
    const confirmed = await post('auth/totp/confirm', { code: totp.generate() }, {}, token);
    assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
    const codes: string[] = confirmed.body.recovery_codes;
    const without = await login();
    assert.deepEqual([without.status, without.body.code], [401, 'TACTUS_SECOND_FACTOR_REQUIRED']);
    assert.equal((await login(ada, { code: '000000' })).status, 401);
    const recovered = await login(ada, { code: codes[0] });
    assert.equal(recovered.status, 200);
    assert.equal((await login(ada, { code: codes[0] })).status, 401);
    const off = { password: PASSWORD, code: codes[1] };
    assert.equal((await post('auth/totp/remove', off, {}, recovered.body.access_token)).status, 204);
    assert.equal((await login()).status, 200);
  });

  it('are added, changed and removed by an admin of their tenant, and by nobody else', async () => {
    const { access_token: token } = (await login()).body;
    const name = `mary.${tenant}`;
    const made = await post('users', { name, password: PASSWORD, role: 'viewer' }, {}, token);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { id } = made.body;
    assert.equal((await post('users', { name, password: PASSWORD, role: 'viewer' }, {}, token)).status, 409);
    const listed = await api.ask(token, '/api/v1/users?limit=1');
    assert.deepEqual(
      [listed.body.items.map((one: { name: string }) => one.name), typeof listed.body.nextCursor],
      [[ada], 'string'],
    );
    const rest = await api.ask(token, `/api/v1/users?limit=1&cursor=${listed.body.nextCursor}`);
    assert.deepEqual([rest.body.items[0].id, rest.body.nextCursor], [id, null]);
    const ask = (method: string, path: string, body?: unknown) =>
      api.ask(token, `/api/v1/users/${path}`, { method, ...(body !== undefined && { body }) });
    assert.deepEqual((await ask('PUT', id, { role: 'operator' })).body.roles, { [tenant]: 'operator' });
    const { access_token: mary } = (await login(name)).body;
    assert.equal(await statusOf(mary, 'users'), 403);
    assert.equal(await statusOf(mary, `users/${id}`), 403);
    assert.equal((await ask('PUT', `${id}/password`, { password: 'another horse battery' })).status, 204);
    assert.equal((await login(name)).status, 401);
    assert.equal((await ask('DELETE', `${id}/sessions`)).status, 204);
    assert.equal((await ask('DELETE', `${id}/totp`)).status, 204);
    assert.equal((await ask('DELETE', id)).status, 204);
    assert.equal((await ask('GET', id)).status, 404);
    const stranger = await api.key(`other-${tenant}`, 'admin');
    await until('the key to be known', async () => (await statusOf(stranger, 'users')) === 200);
    assert.deepEqual((await api.ask(stranger, '/api/v1/users')).body.items, []);
    assert.equal(await statusOf(stranger, 'auth/me'), 403, 'is for people');
  });

  it('log in at an identity provider, and come back with a cookie to the page that they were on', async () => {
    const sub = `sub-${tenant}`;
    local.people.set(sub, { preferred_username: `oidc.${tenant}`, 'tactus-roles': [`${tenant}:viewer`] });
    const get = (path: string, cookie = '') =>
      fetch(`${api.url}${path}`, { redirect: 'manual', headers: { cookie } });
    const begun = await get('/api/v1/auth/oidc/login?return_to=%2Fdashboards%2F7');
    assert.equal(begun.status, 302);
    const [pending = ''] = begun.headers.getSetCookie();
    assert.match(pending, /HttpOnly.*SameSite=Lax/);
    const back = await throughProvider(begun.headers.get('location') ?? '', sub);
    assert.equal((await get(`${back.pathname}${back.search}`)).status, 401, 'another browser');
    const ended = await get(`${back.pathname}${back.search}`, pending.split(';')[0]);
    assert.deepEqual([ended.status, ended.headers.get('location')], [302, '/dashboards/7']);
    const cookie =
      ended.headers
        .getSetCookie()
        .find((one) => one.startsWith('tactus-refresh='))
        ?.split(';')[0] ?? '';
    const { body } = await post('auth/refresh', undefined, { cookie });
    assert.deepEqual(body.user.roles, { [tenant]: 'viewer' });
    assert.equal(await statusOf(body.access_token), 200);
    for (const elsewhere of ['//evil.example', '/\\\\evil.example', 'https://evil.example', '/a b'])
      assert.equal(
        (await get(`/api/v1/auth/oidc/login?return_to=${encodeURIComponent(elsewhere)}`)).status,
        400,
      );
  });

  it('are asked for by hostile texts, and none of these is a fault of ours', async () => {
    const all = await api.key('*', 'admin');
    await until('the key to be known', async () => (await statusOf(all, `users?tenantId=${tenant}`)) === 200);
    const cursor = Buffer.from(JSON.stringify(['\0'])).toString('base64url');
    for (const path of [
      `users?tenantId=${tenant}%00`,
      `users?tenantId=a%7Cb`,
      `users?tenantId=${tenant}&cursor=${cursor}`,
      `users/urn:uuid:0b8e2f6c-5d0a-4a53-9a0e-3f1f2b6f7c11?tenantId=${tenant}`,
    ])
      assert.equal(await statusOf(all, path), 400, path);
    for (const username of ['\0', 'a\0b', '\ud800', `' OR true --`, 'a'.repeat(256)])
      assert.equal((await login(username)).status, 401, JSON.stringify(username));
    const add = (body: object) => post(`users?tenantId=${tenant}`, body, {}, all);
    assert.equal((await add({ name: 'a\0b', password: PASSWORD, role: 'viewer' })).status, 400);
    assert.equal((await add({ name: 'grace', password: PASSWORD, role: 'root' })).status, 400);
    assert.equal((await add({ name: 'grace', password: 'short', role: 'viewer' })).status, 400);
    for (const body of [
      {},
      [],
      { username: {}, password: PASSWORD },
      { username: ada, password: 'x'.repeat(2_000) },
    ])
      assert.equal((await post('auth/login', body)).status, 400);
  });

  it('that fail to log in again and again are answered 429', async () => {
    const name = `nobody.${tenant}`;
    const answers: ApiAnswer[] = [];
    for (let i = 0; i < 11; i++) answers.push(await login(name));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...new Array(10).fill(401), 429],
    );
    assert.equal(answers.at(-1)?.headers.get('retry-after'), '30');
    assert.equal((await login()).status, 200, 'nobody else is kept out');
  });

  it('leave what they did in audit, and no secret there or in the log', async () => {
    const actions = [
      'user.add',
      'session.begin',
      'session.end',
      'user.totp',
      'user.link',
      'user.role',
      'user.password',
      'user.remove',
    ];
    const reasons = ['refresh.reused', 'login.password', 'login.limited', 'login.code', 'token.revoked'];
    await until('all of it', () => {
      const values = audit.values;
      return (
        actions.every((action) => values.some((one) => one.action === action && one.outcome === 'done')) &&
        reasons.every((reason) =>
          values.some((one) => one.outcome === 'refused' && one.details.reason === reason),
        )
      );
    });
    const written = [...audit.records.map(({ bytes }) => bytes.toString('latin1')), api.worker.output].join(
      '\n',
    );
    assert.doesNotMatch(written, /horse|eyJ|tactus-refresh|argon2/);
  });
});
