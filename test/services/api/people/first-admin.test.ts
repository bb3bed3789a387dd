import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { addFirstAdmin, anyAdmin, firstAdminPassword } from '../../../../services/api/people/first-admin.js';
import { PASSWORD, PeopleParts } from './people-parts.js';

describe('the first admin', () => {
  it('has the password of the file, which must be one, and is never shown', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tactus-admin-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = (text: string) => {
      writeFileSync(join(folder, 'password'), text);
      return join(folder, 'password');
    };
    assert.equal(firstAdminPassword(''), null);
    assert.equal(firstAdminPassword(file(`${PASSWORD}\n`)), PASSWORD);
    for (const path of [file('short7x'), join(folder, 'nothing')])
      assert.throws(
        () => firstAdminPassword(path),
        (error: Error) =>
          error.message.startsWith('TACTUS_API_ADMIN_PASSWORD_FILE') && !error.message.includes('short7x'),
      );
  });

  it('is added once, and left alone then', async () => {
    const people = new PeopleParts();
    await people.follower.poll();
    const added = await Promise.all([1, 2].map(() => addFirstAdmin(PASSWORD, people)));
    assert.deepEqual(added.sort(), [false, true]);
    const { person } = await people.login('admin');
    assert.deepEqual(person.roles, { '*': 'admin' });
    assert.equal(await addFirstAdmin('another horse battery', people), false);
    assert.ok(await people.login('admin'));
    assert.deepEqual(
      people.audited.filter((action) => action === 'user.add'),
      ['user.add'],
    );
  });

  it('of a link is one that there is, the user admin before others, and else is added without a password', async () => {
    const people = new PeopleParts();
    await people.follower.poll();
    const any = async () => {
      const { person, isAdded } = await anyAdmin(people.store, people.clock);
      return [person?.name, person?.passwordHash === null, isAdded];
    };
    await people.add('eve', { '*': 'viewer' });
    await people.add('bob', { acme: 'admin' });
    const both = await Promise.all([any(), any()]);
    assert.deepEqual(both.sort(), [
      ['admin', true, false],
      ['admin', true, true],
    ]);
    await assert.rejects(people.login('admin', { password: '' }), { code: 'TACTUS_LOGIN_REFUSED' });
    await people.add('ada', { '*': 'admin' });
    assert.deepEqual(await any(), ['admin', true, false]);
    const { id = '' } = (await people.store.personByName('admin')) ?? {};
    await people.store.setRole(id, '*', 'viewer');
    assert.deepEqual(await any(), ['ada', false, false]);
    await people.store.setRole((await people.store.personByName('ada'))?.id ?? '', '*', 'viewer');
    assert.deepEqual(await any(), [undefined, false, false], 'somebody else is named admin');
  });
});
