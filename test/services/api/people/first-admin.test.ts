import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { addFirstAdmin, firstAdminPassword } from '../../../../services/api/people/first-admin.js';
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
});
