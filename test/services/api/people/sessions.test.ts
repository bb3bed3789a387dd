import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { TOTP } from 'otpauth';
import { HttpProblem } from '../../../../services/api/http/problem.js';
import { PeopleSecret } from '../../../../services/api/people/people-secret.js';
import { Revocations } from '../../../../services/api/people/revocations.js';
import { SigningKeys } from '../../../../services/api/people/signing-keys.js';
import { ACCESS, FROM, PASSWORD, PeopleParts } from './people-parts.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

async function started(): Promise<PeopleParts> {
  const people = new PeopleParts();
  await people.follower.poll();
  await people.add('Ada', { acme: 'operator' });
  return people;
}

const codeOf = (code: string) => ({ code: `TACTUS_${code}` });

describe('a login', () => {
  it('gives an access token that anybody can verify by the JWKS, and that says what the user may do', async () => {
    const people = await started();
    const { accessToken, expiresInS } = await people.login('ada');
    assert.equal(expiresInS, 600);
    const options = {
      issuer: 'tactus',
      audience: 'tactus-api',
      typ: 'at+jwt',
      currentDate: new Date(people.now),
    };
    const { payload } = await jwtVerify(accessToken, createLocalJWKSet(people.keys.jwks()), options);
    assert.deepEqual(payload.roles, { acme: 'operator' });
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 600);
    const caller = people.authenticate(accessToken);
    assert.deepEqual(
      [caller?.kind, caller?.name, caller?.tenantId, caller?.expiresAt],
      ['user', 'Ada', 'acme', people.now + 600_000],
    );
    assert.deepEqual(
      [
        caller?.may('read', 'acme'),
        caller?.may('operate', 'acme'),
        caller?.may('admin', 'acme'),
        caller?.may('read', 'other'),
      ],
      [true, true, false, false],
    );
    people.revocations.learned([], people.now + 599_999);
    assert.equal(caller?.inForce(people.now + 599_999), true);
    assert.equal(caller?.inForce(people.now + 600_000), false);
    people.now += 600_000;
    assert.throws(() => people.authenticate(accessToken), codeOf('CREDENTIALS_REFUSED'));
    assert.equal(people.authenticate('tactus_key'), null, 'an API key is for others');
  });

  it('is refused with the same words for a wrong password and for a user that there is not', async () => {
    const people = await started();
    const messages: string[] = [];
    for (const name of ['ada', 'nobody'])
      await assert.rejects(people.login(name, { password: 'wrong horse' }), (error: Error) => {
        messages.push(error.message);
        return (error as HttpProblem).code === 'TACTUS_LOGIN_REFUSED';
      });
    assert.equal(messages[0], messages[1]);
    assert.deepEqual(people.audited, ['login.password', 'login.password']);
  });

  it('leaves no password, token or typed name in what is recorded', async () => {
    const people = await started();
    const { accessToken, refreshToken, device } = await people.login('ada');
    await assert.rejects(people.login('hunter2-typed-as-name', { password: 'hunter2-typed' }));
    await people.sessions.refresh(refreshToken, FROM);
    await assert.rejects(people.sessions.refresh(refreshToken, FROM));
    assert.throws(() => people.callers.authenticate(`${accessToken.slice(0, -4)}AAAA`, ACCESS));
    const text = people.records.join('\n');
    assert.ok(people.records.length >= 4);
    for (const secret of [PASSWORD, 'hunter2', refreshToken, device, accessToken.slice(-60, -4)])
      assert.ok(!text.includes(secret));
  });

  it('takes no token that was changed, or signed by a key of another installation', async () => {
    const [people, other] = [await started(), await started()];
    const { accessToken } = await people.login('ada');
    const [head = '', body = '', signature = ''] = accessToken.split('.');
    const raised = Buffer.from(body, 'base64url').toString().replace('operator', 'admin');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    for (const token of [
      `${head}.${Buffer.from(raised).toString('base64url')}.${signature}`,
      `${none}.${body}.`,
      `${none}.${body}.${signature}`,
      `${head}.${body}.${'A'.repeat(86)}`,
      `${head}..${signature}`,
      (await other.login('ada')).accessToken,
    ])
      assert.throws(() => people.authenticate(token), codeOf('CREDENTIALS_REFUSED'), token);
  });
});

it('a login is refused whose password is replaced meanwhile', async () => {
  const people = await started();
  const person = await people.store.personByName('ada');
  assert.ok(person !== null);
  const hash = await people.passwords.hash('another horse');
  await people.store.setPassword(person.id, { hash, isGiven: false, epoch: null }, null);
  await assert.rejects(people.sessions.begin(person, FROM), codeOf('LOGIN_REFUSED'));
  assert.equal((await people.store.person(person.id))?.lastLoginAt, null);
});

describe('a link', () => {
  const byLink = (people: PeopleParts, link: string, code: string | null = null, from = FROM) =>
    people.sessions.loginByLink({ link, code }, from);
  const linked = async () => {
    const people = await started();
    const ada = async () => {
      const person = await people.store.personByName('ada');
      assert.ok(person !== null);
      return person;
    };
    return { people, ada, link: await people.links.make(await ada()) };
  };

  it('logs its user in once, also where several use it at the same time', async () => {
    const { people, link } = await linked();
    const all = await Promise.allSettled([1, 2, 3].map(() => byLink(people, link)));
    const begun = all.filter((one) => one.status === 'fulfilled');
    assert.equal(begun.length, 1);
    assert.equal(people.authenticate(begun[0]?.value.accessToken ?? '')?.name, 'Ada');
    await assert.rejects(byLink(people, link), codeOf('LOGIN_REFUSED'));
    assert.match(people.records.find((one) => one.includes('session.begin')) ?? '', /"by":"link"/);
    assert.ok(people.audited.includes('login.link'));
    assert.ok(!people.records.join().includes(link));
  });

  it('is good for ten minutes, until the next one, and until its user is changed or removed', async () => {
    const late = await linked();
    late.people.now += 600_000;
    await assert.rejects(byLink(late.people, late.link), codeOf('LOGIN_REFUSED'));
    const { people, ada, link } = await linked();
    people.now += 599_999;
    const next = await people.links.make(await ada());
    await assert.rejects(byLink(people, link), codeOf('LOGIN_REFUSED'));
    await people.store.setRole((await ada()).id, 'globex', 'viewer');
    await assert.rejects(byLink(people, next), codeOf('LOGIN_REFUSED'));
    const last = await people.links.make(await ada());
    await people.store.remove((await ada()).id);
    await assert.rejects(byLink(people, last), codeOf('LOGIN_REFUSED'));
  });

  it('asks for the second factor of its user, and stays good until that is right', async () => {
    const { people, ada } = await linked();
    const { secret } = await people.secondFactor.impose(await ada());
    const link = await people.links.make(await ada());
    const totp = new TOTP({ secret });
    await assert.rejects(byLink(people, link), codeOf('SECOND_FACTOR_REQUIRED'));
    const code = totp.generate({ timestamp: people.now });
    await assert.rejects(
      byLink(people, link, code === '000000' ? '000001' : '000000'),
      codeOf('LOGIN_REFUSED'),
    );
    assert.ok((await byLink(people, link, code)).accessToken);
  });

  it('that is guessed again and again makes its network wait, and nobody else', async () => {
    const { people, link } = await linked();
    for (let i = 0; i < 10; i++)
      await assert.rejects(byLink(people, i % 2 === 0 ? 'A'.repeat(43) : 'x'), codeOf('LOGIN_REFUSED'));
    await assert.rejects(byLink(people, link), codeOf('LOGIN_LIMITED'));
    const elsewhere = { ...FROM, from: '198.51.100.1' };
    assert.ok((await byLink(people, link, null, elsewhere)).accessToken);
    assert.ok((await people.login('ada')).accessToken, 'no password was wrong');
  });
});

describe('a refresh token', () => {
  it('is good once; used again it ends the login, with its access tokens', async () => {
    const people = await started();
    const first = await people.login('ada');
    const second = await people.sessions.refresh(first.refreshToken, FROM);
    const caller = people.authenticate(second.accessToken);
    assert.notEqual(second.refreshToken, first.refreshToken);
    await assert.rejects(people.sessions.refresh(first.refreshToken, FROM), codeOf('LOGIN_REFUSED'));
    await assert.rejects(people.sessions.refresh(second.refreshToken, FROM), codeOf('LOGIN_REFUSED'));
    await people.follower.poll();
    assert.equal(caller?.inForce(people.now), false);
    assert.throws(() => people.authenticate(second.accessToken), codeOf('CREDENTIALS_REFUSED'));
    assert.ok((await people.login('ada')).accessToken, 'a new login is none of that');
    assert.ok(people.audited.includes('refresh.reused'));
  });

  it('that was made up ends nothing', async () => {
    const people = await started();
    const { refreshToken } = await people.login('ada');
    const other = new PeopleParts();
    const bytes = Buffer.from(refreshToken, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30);
    for (const text of [bytes.toString('base64url'), '', 'x', 'x'.repeat(70), refreshToken.slice(1)])
      await assert.rejects(people.sessions.refresh(text, FROM), codeOf('LOGIN_REFUSED'));
    await assert.rejects(other.sessions.refresh(refreshToken, FROM), codeOf('LOGIN_REFUSED'));
    assert.ok(await people.sessions.refresh(refreshToken, FROM));
  });

  it('ends with idleness, with the age of its login, and with a logout', async () => {
    const people = await started();
    const idle = await people.login('ada');
    people.now += 7 * DAY_MS;
    await assert.rejects(people.sessions.refresh(idle.refreshToken, FROM), codeOf('LOGIN_REFUSED'));
    let { refreshToken } = await people.login('ada');
    for (let day = 6; day < 30; day += 6) {
      people.now += 6 * DAY_MS;
      ({ refreshToken } = await people.sessions.refresh(refreshToken, FROM));
    }
    people.now += 6 * DAY_MS;
    await assert.rejects(people.sessions.refresh(refreshToken, FROM), codeOf('LOGIN_REFUSED'));
    const ended = await people.login('ada');
    await people.sessions.logout(ended.refreshToken, FROM);
    await assert.rejects(people.sessions.refresh(ended.refreshToken, FROM), codeOf('LOGIN_REFUSED'));
    await people.follower.poll();
    assert.throws(() => people.authenticate(ended.accessToken), codeOf('CREDENTIALS_REFUSED'));
  });
});

describe('a change of a user', () => {
  it('voids access tokens in every process that follows, and a refresh gives what holds now', async () => {
    const people = await started();
    const [keys, revocations] = [new SigningKeys(), new Revocations()];
    const other = people.process(keys, revocations);
    await other.poll();
    const { accessToken, refreshToken, person } = await people.login('ada');
    await people.store.setRole(person.id, 'acme', 'viewer');
    await Promise.all([people.follower.poll(), other.poll()]);
    assert.throws(() => people.authenticate(accessToken), codeOf('CREDENTIALS_REFUSED'));
    const next = await people.sessions.refresh(refreshToken, FROM);
    assert.equal(people.authenticate(next.accessToken)?.may('operate', 'acme'), false);
    assert.equal(people.authenticate(next.accessToken)?.may('read', 'acme'), true);
    await people.store.remove(person.id);
    await Promise.all([people.follower.poll(), other.poll()]);
    assert.throws(() => people.authenticate(next.accessToken), codeOf('CREDENTIALS_REFUSED'));
    assert.equal(revocations.allow({ userId: person.id, epoch: 99, sessionId: '' }), true);
    assert.equal(revocations.allow({ userId: person.id, epoch: 1, sessionId: '' }), false);
  });

  it('is remembered for as long as there can be tokens, and no longer', async () => {
    const people = await started();
    const { person } = await people.login('ada');
    await people.store.setRole(person.id, 'acme', 'viewer');
    await people.follower.poll();
    const { size } = people.revocations;
    people.now += 10 * MINUTE_MS;
    await people.follower.poll();
    assert.equal(people.revocations.size, size);
    people.now += 2 * MINUTE_MS;
    await people.follower.poll();
    assert.equal(people.revocations.size, 0);
  });

  it('is seen after the database was set back', async () => {
    const people = await started();
    const id = await people.add('Grace', { acme: 'viewer' });
    await people.store.setRole(id, 'acme', 'admin');
    await people.follower.poll();
    people.store.setBack();
    await people.store.setRole(id, 'acme', 'viewer');
    await people.follower.poll();
    assert.equal(people.revocations.allow({ userId: id, epoch: 1, sessionId: '' }), false);
  });

  it('that cannot be known of leaves no token in force', async () => {
    const people = await started();
    const { accessToken } = await people.login('ada');
    const open = people.authenticate(accessToken);
    people.now += 30_001;
    assert.throws(() => people.authenticate(accessToken), codeOf('DATABASE_UNAVAILABLE'));
    assert.equal(open?.inForce(people.now), false, 'a socket that is open');
    await people.follower.poll();
    assert.equal(open?.inForce(people.now), true);
    assert.ok(people.authenticate(accessToken));
  });
});

describe('signing keys', () => {
  it('are replaced each week; the new one signs when all know it, and the old one is good to the last token', async () => {
    const people = await started();
    const [keys, revocations] = [new SigningKeys(), new Revocations()];
    const other = people.process(keys, revocations);
    await other.poll();
    const [first] = people.keys.jwks().keys;
    assert.deepEqual(keys.jwks().keys, [first], 'one for all processes');
    people.now += 7 * DAY_MS;
    await people.follower.poll();
    await other.poll();
    assert.equal(keys.jwks().keys.length, 2);
    assert.equal(people.keys.signer(people.now)?.id, first?.kid);
    people.now += 10 * MINUTE_MS - 1;
    const { accessToken } = await people.login('ada');
    people.now += 1;
    assert.notEqual(people.keys.signer(people.now)?.id, first?.kid);
    people.now += 9 * MINUTE_MS;
    await people.follower.poll();
    assert.ok(people.authenticate(accessToken), 'of the old key');
    people.now += 14 * DAY_MS;
    await people.follower.poll();
    assert.ok(people.keys.jwks().keys.length <= 3);
    assert.ok(people.keys.jwks().keys.every(({ kid }) => kid !== first?.kid));
    assert.ok(!JSON.stringify(people.keys.jwks()).includes('"d"'));
  });

  it('of another secret, or that somebody has put there, are left out', async () => {
    const people = await started();
    const stored = await people.store.signingKeys(people.secret.id);
    const other = new PeopleSecret('of another installation, with another secret');
    assert.notEqual(other.id, people.secret.id);
    const keys = new SigningKeys();
    assert.deepEqual(await keys.load(stored, other), [stored[0]?.id]);
    assert.deepEqual(keys.jwks(), { keys: [] });
    assert.equal(keys.signer(people.now), null);
  });
});

describe('a second factor', () => {
  const totpOf = (secret: string) => (now: number) => new TOTP({ secret }).generate({ timestamp: now });

  it('is prepared, turned on by a code, asked for, and takes each code once', async () => {
    const people = await started();
    const { accessToken } = await people.login('ada');
    const own = people.authenticate(accessToken);
    assert.ok(own !== null);
    await assert.rejects(people.account.prepareTotp(own, 'wrong', FROM), codeOf('NOT_ALLOWED'));
    const { secret, uri } = await people.account.prepareTotp(own, PASSWORD, FROM);
    assert.match(uri, /^otpauth:\/\/totp\/Tactus:Ada\?/);
    const code = totpOf(secret);
    await people.login('ada');
    await assert.rejects(people.account.confirmTotp(own, '000000', FROM), codeOf('NOT_ALLOWED'));
    const recovery = await people.account.confirmTotp(own, code(people.now), FROM);
    assert.equal(recovery.length, 10);

    await assert.rejects(people.login('ada'), codeOf('SECOND_FACTOR_REQUIRED'));
    await assert.rejects(
      people.login('ada', { code: code(people.now) }),
      codeOf('LOGIN_REFUSED'),
      'was used to turn it on',
    );
    people.now += 30_000;
    const next = code(people.now);
    assert.ok(await people.login('ada', { code: next }));
    await assert.rejects(people.login('ada', { code: next }), codeOf('LOGIN_REFUSED'));
    people.now += 60_000;
    assert.ok(await people.login('ada', { code: code(people.now - 30_000) }), 'of the step before');
    people.now += 90_000;
    await assert.rejects(people.login('ada', { code: code(people.now - 60_000) }), codeOf('LOGIN_REFUSED'));
    assert.ok(await people.login('ada', { code: recovery[3] ?? '' }));
    await assert.rejects(people.login('ada', { code: recovery[3] ?? '' }), codeOf('LOGIN_REFUSED'));
    assert.ok(await people.login('ada', { code: (recovery[4] ?? '').toUpperCase().replaceAll('-', ' ') }));
    const text = people.records.join('\n');
    for (const hidden of [secret, next, ...recovery]) assert.ok(!text.includes(hidden));
  });

  it('allows few wrong codes, from wherever they come', async () => {
    const people = await started();
    const person = await people.store.personByName('ada');
    assert.ok(person !== null);
    const { secret } = await people.secondFactor.impose(person);
    const outcomes = new Map<string, number>();
    for (let i = 0; i < 40; i++)
      await people
        .login('ada', { code: '000000', address: `198.51.100.${i}` })
        .catch((error: HttpProblem) => {
          outcomes.set(error.code, (outcomes.get(error.code) ?? 0) + 1);
        });
    assert.deepEqual(
      [...outcomes],
      [
        ['TACTUS_LOGIN_REFUSED', 10],
        ['TACTUS_LOGIN_LIMITED', 30],
      ],
    );
    people.now += 30_000;
    assert.ok(await people.login('ada', { code: totpOf(secret)(people.now), address: '198.51.100.77' }));
  });

  it('is not turned off by trying codes, with the right password in between', async () => {
    const people = await started();
    const person = await people.store.personByName('ada');
    assert.ok(person !== null);
    const own = { id: person.id, sessionId: 'of a token that was taken' };
    const { secret } = await people.secondFactor.impose(person);
    const outcomes = new Map<string, number>();
    for (let i = 0; i < 15; i++) {
      await people.account.removeTotp(own, PASSWORD, '000000', FROM).catch(({ code }: HttpProblem) => {
        outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
      });
      await people.account.prepareTotp(own, PASSWORD, FROM);
    }
    assert.deepEqual(
      [...outcomes],
      [
        ['TACTUS_NOT_ALLOWED', 10],
        ['TACTUS_LOGIN_LIMITED', 5],
      ],
    );
    const right = totpOf(secret)(people.now);
    await assert.rejects(people.account.removeTotp(own, PASSWORD, right, FROM), codeOf('LOGIN_LIMITED'));
    await assert.rejects(people.login('ada', { code: right }), codeOf('LOGIN_LIMITED'), 'one count for all');
  });

  it('limits passwords of who is logged in, apart from codes', async () => {
    const people = await started();
    const { person } = await people.login('ada');
    const own = { id: person.id, sessionId: 'of a token that was taken' };
    for (let i = 0; i < 10; i++)
      await assert.rejects(people.account.prepareTotp(own, 'wrong horse', FROM), codeOf('NOT_ALLOWED'));
    await assert.rejects(people.account.prepareTotp(own, PASSWORD, FROM), codeOf('LOGIN_LIMITED'));
    const { secret } = await people.secondFactor.impose(person);
    assert.ok(await people.login('ada', { code: totpOf(secret)(people.now) }));
  });
});

describe('failed logins', () => {
  const fail = async (people: PeopleParts, times: number, more: Parameters<PeopleParts['login']>[1]) => {
    let last: HttpProblem | undefined;
    for (let i = 0; i < times; i++)
      await people.login('ada', { password: 'wrong horse', ...more }).catch((error: HttpProblem) => {
        last = error;
      });
    return last;
  };

  it('make a stranger wait, and neither the user elsewhere nor their known browser in the same network', async () => {
    const people = await started();
    const { device } = await people.login('ada', { address: '203.0.113.9' });
    const limited = await fail(people, 11, { address: '203.0.113.9' });
    assert.ok(limited instanceof HttpProblem);
    assert.deepEqual([limited.status, limited.headers], [429, { 'retry-after': '30' }]);
    await assert.rejects(
      people.login('ada', { address: '203.0.113.9' }),
      codeOf('LOGIN_LIMITED'),
      'the right password too',
    );
    assert.ok(await people.login('ada', { address: '203.0.113.10' }));
    assert.ok(await people.login('ada', { address: '203.0.113.9', device }));
    await assert.rejects(
      people.login('ada', { address: '203.0.113.9', device: `${device}x` }),
      codeOf('LOGIN_LIMITED'),
    );
    people.now += 30_000;
    assert.ok(await people.login('ada', { address: '203.0.113.9' }));
  });

  it('that many make at once are no more than one by one', async () => {
    const people = await started();
    const all = await Promise.allSettled(
      Array.from({ length: 40 }, () => people.login('ada', { password: 'wrong horse' })),
    );
    const codes = all.map((one) => (one.status === 'rejected' ? (one.reason as HttpProblem).code : ''));
    assert.equal(codes.filter((code) => code === 'TACTUS_LOGIN_REFUSED').length, 10);
  });
});
