import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FederatedLogins } from '../../../../services/api/people/federated-logins.js';
import { IdentityProvider } from '../../../../services/api/people/identity-provider.js';
import { rolesOfClaim } from '../../../../services/api/people/identity-roles.js';
import { providerOptions } from '../../../../services/api/people/provider-options.js';
import { loadConfig } from '../../../../shared/config/load.js';
import {
  CLIENT,
  type LocalProvider,
  localProvider,
  REDIRECT_URL,
  throughProvider,
} from './local-provider.js';
import { FROM, PASSWORD, PeopleParts } from './people-parts.js';

const refused = { code: 'TACTUS_LOGIN_REFUSED' };

describe('logins by an identity provider', () => {
  const people = new PeopleParts();
  let local: LocalProvider;
  let logins: FederatedLogins;

  const provider = (clientSecret = CLIENT.secret) =>
    new IdentityProvider(
      {
        ...{ issuer: local.issuer, clientId: CLIENT.id, clientSecret: () => clientSecret },
        ...{ redirectUrl: REDIRECT_URL, scope: 'openid profile' },
      },
      people.secret,
      people.clock,
    );
  const federated = (by = provider(), defaultRoles = '') =>
    new FederatedLogins({
      ...{
        provider: by,
        store: people.store,
        sessions: people.sessions,
        audit: people.audit,
        clock: people.clock,
      },
      ...{ nameClaim: 'preferred_username', rolesClaim: 'tactus-roles', defaultRoles },
    });
  const loginAs = async (subject: string, by = logins) => {
    const { url, pending } = await by.begin('/dashboards/7');
    const back = await throughProvider(url, subject);
    return await by.finish(back.search, pending, FROM);
  };

  before(async () => {
    local = await localProvider();
    await people.follower.poll();
    logins = federated();
  });
  after(() => local.close());

  it('make a user, whose roles are those of the claim at each login', async () => {
    local.people.set('s-1', {
      preferred_username: 'ada',
      'tactus-roles': ['acme:operator', 'other:viewer', 'acme', 'x:root'],
    });
    const first = await loginAs('s-1');
    assert.equal(first.returnTo, '/dashboards/7');
    assert.deepEqual([first.person.name, first.person.roles], ['ada', { acme: 'operator', other: 'viewer' }]);
    assert.equal(people.authenticate(first.accessToken)?.may('operate', 'acme'), true);
    local.people.set('s-1', { preferred_username: 'renamed', 'tactus-roles': ['acme:viewer'] });
    const second = await loginAs('s-1');
    assert.deepEqual([second.person.id, second.person.name], [first.person.id, 'ada']);
    await people.follower.poll();
    assert.throws(() => people.authenticate(first.accessToken), { code: 'TACTUS_CREDENTIALS_REFUSED' });
    assert.equal(people.authenticate(second.accessToken)?.may('operate', 'acme'), false);
    local.people.set('s-1', { preferred_username: 'ada' });
    assert.deepEqual((await loginAs('s-1')).person.roles, { acme: 'viewer' }, 'without the claim they stay');
    await assert.rejects(people.login('ada', { password: '' }), refused, 'there is no password');
  });

  it('let nobody in under a name that another user has, nor without a role or a name', async () => {
    const id = await people.add('grace', { acme: 'admin' }, PASSWORD);
    local.people.set('s-2', { preferred_username: 'GRACE', 'tactus-roles': ['acme:viewer'] });
    await assert.rejects(loginAs('s-2'), /there is another user/);
    assert.deepEqual((await people.store.person(id))?.roles, { acme: 'admin' });
    local.people.set('s-3', { preferred_username: 'mary' });
    await assert.rejects(loginAs('s-3'), /no role here/);
    assert.deepEqual((await loginAs('s-3', federated(provider(), 'acme:viewer'))).person.roles, {
      acme: 'viewer',
    });
    local.people.set('s-4', { 'tactus-roles': ['acme:viewer'] });
    await assert.rejects(loginAs('s-4'), /preferred_username/);
  });

  it('take what comes back once, in the browser that has begun, and in time', async () => {
    const { url, pending } = await logins.begin('/');
    const other = await logins.begin('/');
    const back = await throughProvider(url, 's-1');
    assert.match(
      url,
      /code_challenge=.*code_challenge_method=S256|code_challenge_method=S256.*code_challenge=/,
    );
    for (const kept of [null, 'x', other.pending])
      await assert.rejects(logins.finish(back.search, kept, FROM), refused);
    const forged = new URL(back);
    forged.searchParams.set('state', 'of somebody else');
    await assert.rejects(logins.finish(forged.search, pending, FROM), refused);
    people.now += 600_000;
    await assert.rejects(logins.finish(back.search, pending, FROM), refused, 'too late');
    people.now -= 600_000;
    assert.ok(await logins.finish(back.search, pending, FROM));
    await assert.rejects(logins.finish(back.search, pending, FROM), refused, 'a code is good once');
    await assert.rejects(logins.finish('?error=access_denied&state=x', pending, FROM), refused);
    assert.ok(people.audited.includes('login.oidc'));
  });

  it('say when the provider refuses us or cannot be reached, and no secret', async () => {
    await assert.rejects(
      loginAs('s-1', federated(provider('another secret of the client'))),
      (error: Error) => {
        assert.match(error.message, /invalid_client/);
        return !error.message.includes('another secret');
      },
    );
    const away = await localProvider();
    await away.close();
    const options = {
      ...{ issuer: away.issuer, clientId: 'x', clientSecret: () => '' },
      redirectUrl: REDIRECT_URL,
      scope: 'openid',
    };
    const nowhere = new IdentityProvider(options, people.secret, people.clock);
    await assert.rejects(nowhere.begin('/'), { code: 'TACTUS_OIDC_UNAVAILABLE', retriable: true });
    for (const secret of [CLIENT.secret, 'another secret'])
      assert.ok(!people.records.join().includes(secret));
  });

  it('are set up by keys that go together', () => {
    const options = (more: Record<string, string>) =>
      providerOptions(loadConfig({ TACTUS_OIDC_ISSUER: 'https://id.example.com', ...more }), () => {});
    const good = { TACTUS_OIDC_CLIENT_ID: 'tactus', TACTUS_OIDC_REDIRECT_URL: REDIRECT_URL };
    assert.equal(options(good)?.issuer, 'https://id.example.com');
    assert.equal(options({ TACTUS_OIDC_ISSUER: '' }), null);
    assert.throws(() => options({}), /TACTUS_OIDC_CLIENT_ID/);
    assert.throws(
      () => options({ ...good, TACTUS_OIDC_REDIRECT_URL: 'https://a.example/' }),
      /TACTUS_OIDC_REDIRECT_URL/,
    );
    assert.throws(
      () => options({ ...good, TACTUS_OIDC_ISSUER: 'http://id.example.com' }),
      /TACTUS_OIDC_ISSUER/,
    );
  });
});

it('a claim of roles gives those that are written right', () => {
  assert.deepEqual(
    rolesOfClaim(['acme:viewer', 'urn:x:y:admin', '*:operator', 'acme|x:viewer', 7, ':viewer', 'a:root']),
    {
      ...{ acme: 'viewer', 'urn:x:y': 'admin', '*': 'operator' },
    },
  );
  assert.deepEqual(rolesOfClaim('acme:viewer, other:admin'), { acme: 'viewer', other: 'admin' });
  assert.deepEqual(rolesOfClaim(''), {});
  for (const none of [undefined, null, 7, { acme: 'admin' }]) assert.equal(rolesOfClaim(none), null);
});
