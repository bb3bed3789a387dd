import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Api, App } from '../../../../services/api/http/app.js';
import { signShareToken } from '../../../../services/api/sharing/share-token.js';
import type { Principal, Scope } from '../../../../shared/ports/keys.js';
import { documentOf, fieldsOf, keptSchema, ROOTS, type RootName } from '../graphql/documents.js';
import { PeopleParts } from '../people/people-parts.js';
import { appWithoutServers } from './app-without-servers.js';
import { AUTHORISATION, FIELDS, type Needed } from './authorisation-table.js';

const [OWN, OTHER] = ['own', 'other'];

/** What each caller is allowed in its own tenant, and of all tenants in any. */
const CALLERS: Readonly<
  Record<string, { readonly own: readonly Needed[]; readonly other: readonly Needed[] }>
> = {
  nobody: { own: ['anybody'], other: ['anybody'] },
  viewer: { own: ['anybody', 'person', 'read', 'read or link'], other: ['anybody'] },
  operator: { own: ['anybody', 'person', 'read', 'read or link', 'operate'], other: ['anybody'] },
  admin: { own: ['anybody', 'person', 'read', 'read or link', 'operate', 'admin'], other: ['anybody'] },
  root: {
    own: ['anybody', 'person', 'read', 'read or link', 'operate', 'admin', 'admin of all'],
    other: ['anybody', 'person', 'read', 'read or link', 'operate', 'admin', 'admin of all'],
  },
  link: { own: ['anybody', 'read or link'], other: ['anybody'] },
  'key write:metrics': { own: ['anybody'], other: ['anybody'] },
  'key read': { own: ['anybody', 'read', 'read or link'], other: ['anybody'] },
  'key operate': { own: ['anybody', 'read', 'read or link', 'operate'], other: ['anybody'] },
  'key admin': { own: ['anybody', 'read', 'read or link', 'operate', 'admin'], other: ['anybody'] },
};

describe('who may ask what', () => {
  const routes = new Set<string>();
  const tokens = new Map<string, string>();
  let app: App;

  before(async () => {
    const people = new PeopleParts();
    await people.follower.poll();
    for (const role of ['viewer', 'operator', 'admin'] as const) await people.add(role, { [OWN]: role });
    await people.add('root', { '*': 'admin' });
    for (const name of ['viewer', 'operator', 'admin', 'root'])
      tokens.set(name, (await people.login(name)).accessToken);
    for (const name of Object.keys(CALLERS))
      if (name.startsWith('key ')) tokens.set(name, name.replace(' ', '.'));
    const key = people.keys.signer(people.now);
    assert.ok(key);
    const claims = { shareId: randomUUID(), tenantId: OWN, expiresAt: people.now + 60_000 };
    tokens.set('link', await signShareToken(claims, { key, now: people.now }));
    const principal = (text: string): Principal => ({
      ...{ keyId: text, tenantId: OWN, scopes: new Set([text.slice(4) as Scope]) },
    });
    const note = (scope: Api) =>
      scope.addHook('onRoute', ({ method, url }) => {
        for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url}`);
      });
    const keys = { verify: principal, authorize: () => ({ tenantId: OWN }) };
    app = await appWithoutServers(people, keys, note);
  });
  after(() => app.close());

  it('is said of every route, and of none that there is not', () => {
    assert.deepEqual([...routes].sort(), [...AUTHORISATION.keys()].sort());
  });

  for (const [name, allowed] of Object.entries(CALLERS))
    it(`is right for ${name}, in the own tenant and in another one`, async () => {
      const wrong: string[] = [];
      for (const [route, needed] of AUTHORISATION)
        for (const [tenant, mayBe] of [
          [OWN, allowed.own],
          [OTHER, allowed.other],
        ] as const) {
          const status = await statusOf(route, tenant, tokens.get(name) ?? null);
          const expected = mayBe.includes(needed) ? 'allowed' : name === 'nobody' ? 401 : 403;
          const isAllowed = status !== 401 && status !== 403;
          if (needed !== 'anybody' && (isAllowed ? 'allowed' : status) !== expected)
            wrong.push(`${route} of ${tenant}: ${status}, expected ${expected}`);
          if (needed === 'anybody' && status === 403) wrong.push(`${route}: 403`);
        }
      assert.deepEqual(wrong, []);
    });

  const schema = keptSchema();
  it('is said of every field of GraphQL, and of none that there is not', () => {
    const fields = ROOTS.flatMap((root) => fieldsOf(schema, root).map(({ name }) => `${root}.${name}`));
    assert.deepEqual(fields.sort(), [...FIELDS.keys()].sort());
  });

  for (const [name, allowed] of Object.entries(CALLERS))
    it(`is right of fields for ${name}, in the own tenant and in another one`, async () => {
      const wrong: string[] = [];
      for (const [field, needed] of FIELDS)
        for (const [tenant, mayBe] of [
          [OWN, allowed.own],
          [OTHER, allowed.other],
        ] as const) {
          const status = await fieldStatusOf(field, tenant, tokens.get(name) ?? null);
          const expected = mayBe.includes(needed) ? 'allowed' : name === 'nobody' ? 401 : 403;
          const isAllowed = status !== 401 && status !== 403;
          if ((isAllowed ? 'allowed' : status) !== expected)
            wrong.push(`${field} of ${tenant}: ${status}, expected ${expected}`);
        }
      assert.deepEqual(wrong, []);
    });

  /** Of the answer, or of the error of the field. */
  async function fieldStatusOf(path: string, tenant: string, token: string | null): Promise<number> {
    const [root, name] = path.split('.') as [RootName, string];
    const field = fieldsOf(schema, root).find((one) => one.name === name);
    assert.ok(field);
    // Those that take no argument for it are about the tenant that the header names.
    const takesTenant = field.args.some((argument) => argument.name === 'tenantId');
    const { statusCode, body } = await app.api.inject({
      method: 'POST',
      url: '/graphql',
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(!takesTenant && { 'x-scope-orgid': tenant }),
      },
      payload: { query: documentOf(root, field, { tenantId: tenant }) },
    });
    if (statusCode !== 200) return statusCode;
    const { errors: [error] = [] } = JSON.parse(body) as {
      errors?: { message: string; path?: string[]; extensions: { status: number } }[];
    };
    if (error === undefined) return 200;
    assert.deepEqual(error.path?.slice(0, 1), [name], `the field was asked for: ${error.message}`);
    return error.extensions.status;
  }

  async function statusOf(route: string, tenant: string, token: string | null): Promise<number> {
    const [method = '', path = ''] = route.split(' ');
    const url = path
      .replace(':tenantId', tenant)
      .replaceAll(/:[a-z]+/gi, '0b8e2f6c-5d0a-4a53-9a0e-3f1f2b6f7c11');
    const { statusCode } = await app.api.inject({
      method: method as 'GET',
      url: `${url}?tenantId=${tenant}`,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(method !== 'GET' && method !== 'DELETE' && { payload: {} }),
    });
    return statusCode;
  }
});
