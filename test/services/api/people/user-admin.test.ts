import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FROM, PASSWORD, PeopleParts } from './people-parts.js';

const NEW = 'another horse battery staple';
const refused = { code: 'TACTUS_NOT_ALLOWED' };
const missing = { code: 'TACTUS_NOT_FOUND' };

describe('the admin of a tenant', () => {
  const people = new PeopleParts();
  const caller = async (name: string) => {
    const found = people.authenticate((await people.login(name)).accessToken);
    assert.ok(found !== null);
    return found;
  };

  it('adds, sees and removes users of that tenant alone', async () => {
    await people.follower.poll();
    await people.add('Root', { '*': 'admin' });
    await people.add('Ada', { acme: 'admin' });
    const shared = await people.add('Shared', { acme: 'viewer', other: 'admin' });
    const stranger = await people.add('Stranger', { other: 'viewer' });
    const ada = await caller('ada');
    const { admin } = people;
    const made = await admin.add(ada, 'acme', { name: 'Grace', password: PASSWORD, role: 'viewer' }, FROM);
    assert.deepEqual(
      (await admin.list('acme', null, 10)).map(({ name }) => name),
      ['Ada', 'Grace', 'Shared'],
    );
    await assert.rejects(
      admin.add(ada, 'acme', { name: 'GRACE', password: PASSWORD, role: 'viewer' }, FROM),
      { status: 409 },
    );
    await assert.rejects(admin.find('acme', stranger), missing);
    await assert.rejects(admin.setRole(ada, 'acme', stranger, 'admin', FROM), missing);
    assert.deepEqual((await admin.setRole(ada, 'acme', made.id, 'operator', FROM)).roles, {
      acme: 'operator',
    });

    await assert.rejects(
      admin.setPassword(ada, 'acme', shared, NEW, FROM),
      refused,
      'would log in as admin of other',
    );
    await assert.rejects(admin.removeTotp(ada, 'acme', shared, FROM), refused);
    await assert.rejects(admin.endSessions(ada, 'acme', shared, FROM), refused);
    await admin.remove(ada, 'acme', shared, FROM);
    assert.deepEqual((await people.store.person(shared))?.roles, { other: 'admin' });

    const grace = await caller('grace');
    await admin.setPassword(ada, 'acme', made.id, NEW, FROM);
    await people.follower.poll();
    assert.equal(grace.inForce(people.now), false);
    assert.ok(await people.login('grace', { password: NEW }));
    await admin.remove(ada, 'acme', made.id, FROM);
    assert.equal(await people.store.person(made.id), null);
    assert.deepEqual(
      people.audited.filter((action) => action.startsWith('user.')),
      ['user.add', 'user.role', 'user.role', 'user.password', 'user.remove'],
    );
    for (const secret of [PASSWORD, NEW]) assert.ok(!people.records.join().includes(secret));
  });

  it('of all tenants may change everybody', async () => {
    const root = await caller('root');
    const other = await people.add('Other', { acme: 'viewer', other: 'admin' });
    await people.admin.setPassword(root, 'acme', other, NEW, FROM);
    assert.ok(await people.login('other', { password: NEW }));
    await people.admin.endSessions(root, 'acme', other, FROM);
    await assert.rejects(people.admin.setPassword(root, 'acme', other, 'short', FROM), {
      code: 'TACTUS_REQUEST_INVALID',
    });
  });

  it('gives a password that is void in another tenant, unless its user has chosen another one', async () => {
    const ada = await caller('ada');
    const { admin, account, store } = people;
    const user = { password: PASSWORD, role: 'viewer' } as const;
    const given = await admin.add(ada, 'acme', { ...user, name: 'Given' }, FROM);
    const chosen = await admin.add(ada, 'acme', { ...user, name: 'Chosen' }, FROM);
    const byRoot = await admin.add(await caller('root'), 'acme', { ...user, name: 'ByRoot' }, FROM);
    const { refreshToken } = await people.login('given');
    await account.setPassword({ id: chosen.id, sessionId: '' }, PASSWORD, NEW, FROM);
    for (const { id } of [given, chosen, byRoot]) await store.setRole(id, 'other', 'admin');
    await assert.rejects(people.login('given'), { code: 'TACTUS_LOGIN_REFUSED' });
    await assert.rejects(people.sessions.refresh(refreshToken, FROM), { code: 'TACTUS_LOGIN_REFUSED' });
    assert.ok(await people.login('chosen', { password: NEW }));
    assert.ok(await people.login('byroot'));
    await assert.rejects(admin.setPassword(ada, 'acme', given.id, NEW, FROM), refused);
    await admin.setPassword(await caller('root'), 'acme', given.id, NEW, FROM);
    assert.ok(await people.login('given', { password: NEW }));
  });

  it('gives no password to who logs in by an identity provider', async () => {
    const ada = await caller('ada');
    const identity = { issuer: 'https://id.example.com', subject: 's-9' };
    const roles = { acme: 'viewer' } as const;
    const [id, name] = ['f0000000-0000-4000-8000-000000000009', 'federated'];
    await people.store.add({
      ...{ id, name, nameKey: name, passwordHash: null, roles, createdAt: people.now, identity },
    });
    await assert.rejects(people.admin.setPassword(ada, 'acme', id, NEW, FROM), /identity provider/);
    assert.equal((await people.store.person(id))?.passwordHash, null);
  });
});
