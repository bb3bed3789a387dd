import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hash } from '@node-rs/argon2';
import { isAllowedPassword, isOutdatedHash, Passwords } from '../../../../services/api/people/passwords.js';
import { nameKeyOf, userName } from '../../../../services/api/people/user-name.js';

const PASSWORD = 'correct horse battery staple';

describe('passwords', () => {
  it('are hashed by argon2id with a salt each, and verified, however a keyboard composes them', async () => {
    const passwords = new Passwords();
    const [one, two] = await Promise.all([
      passwords.hash('Zo\u00eb of Zo\u00eb'),
      passwords.hash('Zo\u00eb of Zo\u00eb'),
    ]);
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.notEqual(one, two);
    assert.equal(await passwords.verify(one, 'Zoe\u0308 of Zoe\u0308'), true);
    assert.equal(await passwords.verify(one, 'Zoe of Zoe'), false);
    assert.equal(await passwords.verify(one, ''), false);
    assert.equal(await passwords.verify(null, 'nobody has this password'), false);
    assert.equal(await passwords.verify(one, 'x'.repeat(100_000)), false);
  });

  it('of other parameters are good, and outdated', async () => {
    const weak = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1 });
    assert.equal(await new Passwords().verify(weak, PASSWORD), true);
    assert.equal(isOutdatedHash(weak), true);
    assert.equal(isOutdatedHash(await new Passwords().hash(PASSWORD)), false);
  });

  it('are verified a few at a time, and refused where too many wait', async () => {
    const passwords = new Passwords();
    const all = await Promise.allSettled(Array.from({ length: 80 }, () => passwords.verify(null, PASSWORD)));
    const refused = all.filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 80 - 2 - 64);
    assert.ok(refused.every((one) => (one as PromiseRejectedResult).reason.code === 'TACTUS_LOGIN_LIMITED'));
    assert.equal(await passwords.verify(null, PASSWORD), false, 'and later go on');
  });

  it('are long enough, and not the name', () => {
    for (const [password, allowed] of [
      [PASSWORD, true],
      ['12345678', true],
      ['1234567', false],
      ['aaaaaaaaaaaa', false],
      ['Ada.Lovelace', false],
      ['line one\nline two', false],
      ['x1'.repeat(512), true],
      ['x1'.repeat(513), false],
      ['\u{1f600}\u{1f601}\u{1f600}\u{1f601}', false],
    ] as const)
      assert.equal(isAllowedPassword(password, 'ada.lovelace'), allowed, password.slice(0, 20));
  });
});

describe('names of users', () => {
  it('are the same in whatever case and composition', () => {
    assert.equal(userName('Zoe\u0308'), 'Zo\u00eb');
    assert.equal(nameKeyOf('ZO\u00cb'), nameKeyOf('zoe\u0308'));
    assert.equal(nameKeyOf('\uff21da'), 'ada');
    for (const bad of ['', ' ada', 'a b', 'a\u0000', '.ada', 'a'.repeat(101), 'a|b', 'a\u202eb'])
      assert.equal(userName(bad), null, bad);
    for (const good of ['ada', 'ada@example.com', 'A-1_b+c', '\u5f20\u4f1f'])
      assert.equal(userName(good), good);
  });
});
