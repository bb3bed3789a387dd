import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { PeopleStore } from '../../../../services/api/people/people-store.js';
import type { Person, Session } from '../../../../services/api/people/person.js';

const NOW = Date.UTC(2026, 0, 2);
const DAY_MS = 86_400_000;
const H2 = { hash: 'h2', isGiven: false, epoch: null };
const LATER = { expiresAt: NOW + 30 * DAY_MS, most: 3, epoch: 0 };

/** What a store of the suite is opened with. */
export const MOST_USERS = 40;

/** What every store of people does. The store may hold others. */
export function storeSuite(what: string, open: () => PeopleStore): void {
  describe(what, () => {
    const store = () => open();
    const own = `t-${randomBytes(6).toString('hex')}`;
    const other = `${own}-other`;
    let made = 0;

    const add = async (roles: Person['roles'] = { [own]: 'viewer' }): Promise<Person> => {
      const name = `P${String(made++).padStart(3, '0')}.${own}`;
      const person = {
        id: randomUUID(),
        name,
        nameKey: name.toLowerCase(),
        passwordHash: 'h1',
        roles,
        createdAt: NOW,
      };
      assert.equal(await store().add(person), true);
      return await find(person.id);
    };
    const find = async (id: string): Promise<Person> => {
      const found = await store().person(id);
      assert.ok(found !== null);
      return found;
    };
    const session = (userId: string, createdAt = NOW): Session => ({
      ...{ id: randomUUID(), userId, generation: 0, createdAt },
    });
    const version = async () => (await store().changesSince(0)).version;
    const since = async (before: number) => (await store().changesSince(before)).changes;

    it('finds a person by name and by id', async () => {
      const person = await add({ [own]: 'admin', [other]: 'viewer' });
      assert.deepEqual(await store().personByName(person.name.toLowerCase()), await find(person.id));
      assert.deepEqual(
        [
          person.passwordHash,
          person.totpSecret,
          person.roles,
          person.epoch,
          person.createdAt,
          person.lastLoginAt,
        ],
        ['h1', null, { [own]: 'admin', [other]: 'viewer' }, 0, NOW, null],
      );
      assert.equal(await store().personByName('nobody at all'), null);
      assert.equal(await store().person(randomUUID()), null);
    });

    it('adds nobody under a name that is taken, and the same person twice as if once', async () => {
      const { id, name } = await add();
      const again = { id, name, nameKey: name.toLowerCase(), passwordHash: null, roles: {}, createdAt: NOW };
      assert.equal(await store().add(again), true);
      assert.equal(await store().add({ ...again, id: randomUUID() }), false);
      assert.equal((await find(id)).passwordHash, 'h1');
    });

    it('lists people by name, page by page, and of some tenants only', async () => {
      const tenant = `${own}-list`;
      const names: string[] = [];
      for (let i = 0; i < 5; i++) names.push((await add({ [tenant]: 'viewer' })).name);
      const first = await store().list([tenant], null, 3);
      const second = await store().list([tenant], first.at(-1)?.name.toLowerCase() ?? '', 3);
      assert.deepEqual(
        [...first, ...second].map(({ name }) => name),
        names,
      );
      assert.deepEqual(await store().list([], null, 3), []);
      assert.equal((await store().list('*', null, 3)).length, 3);
    });

    it('voids access tokens with each change of roles, password and second factor', async () => {
      const { id } = await add();
      const before = await version();
      assert.equal(await store().setRole(id, own, 'viewer'), false, 'has it already');
      assert.equal(await store().setRole(id, own, 'admin'), true);
      assert.equal(await store().setRole(id, other, null), false);
      assert.equal(await store().setRole(id, own, null), true);
      await store().setPassword(id, H2, null);
      await store().setSecondFactor(id, { secret: Buffer.of(1), step: 7, recoveryHashes: [] }, null);
      await store().endAll(id);
      const changes = (await since(before)).filter(({ userId }) => userId === id);
      assert.deepEqual(
        changes.map(({ epoch }) => epoch),
        [1, 2, 3, 4, 5],
      );
      const person = await find(id);
      assert.deepEqual([person.epoch, person.roles, person.passwordHash], [5, {}, 'h2']);
      assert.equal(await store().remove(id), true);
      const last = (await since(before)).findLast(({ userId }) => userId === id);
      assert.equal(last?.epoch, 6);
      assert.equal(await store().remove(id), false);
    });

    it('refuses roles that are too many for a token', async () => {
      const { id } = await add();
      await assert.rejects(store().setRole(id, 'x'.repeat(5_000), 'viewer'), /4096 bytes/);
      assert.deepEqual((await find(id)).roles, { [own]: 'viewer' });
    });

    it('finds a person by what an identity provider calls them, and sets all roles at once', async () => {
      const identity = { issuer: 'https://id.example.com', subject: own };
      const name = `oidc.${own}`;
      const id = randomUUID();
      assert.equal(await store().personByIdentity(identity), null);
      const roles = { [own]: 'viewer', [other]: 'admin' } as const;
      await store().add({ id, name, nameKey: name, passwordHash: null, roles, createdAt: NOW, identity });
      assert.equal((await store().personByIdentity(identity))?.id, id);
      const taken = {
        id: randomUUID(),
        name: `${name}2`,
        nameKey: `${name}2`,
        passwordHash: null,
        roles,
        createdAt: NOW,
      };
      assert.equal(await store().add({ ...taken, identity }), false);
      assert.equal(await store().person(taken.id), null);
      assert.equal(await store().setRoles(id, roles), false);
      assert.equal(await store().setRoles(id, { [own]: 'operator', [`${own}-third`]: 'viewer' }), true);
      const person = await find(id);
      assert.deepEqual([person.roles, person.epoch], [{ [own]: 'operator', [`${own}-third`]: 'viewer' }, 1]);
      assert.equal(await store().setRoles(id, {}), true);
    });

    it('stores a password anew only where it is the same', async () => {
      const { id } = await add();
      await store().rehash(id, 'other', 'h3');
      assert.equal((await find(id)).passwordHash, 'h1');
      await store().rehash(id, 'h1', 'h3');
      assert.deepEqual([(await find(id)).passwordHash, (await find(id)).epoch], ['h3', 0]);
    });

    it('takes each code once, and none before one that was used', async () => {
      const { id } = await add();
      await store().setPendingSecret(id, Buffer.of(9));
      assert.deepEqual((await find(id)).totpPending, Buffer.of(9));
      const recoveryHashes = [Buffer.of(1, 2), Buffer.of(3, 4)];
      await store().setSecondFactor(id, { secret: Buffer.of(9), step: 100, recoveryHashes }, null);
      assert.deepEqual([(await find(id)).totpSecret, (await find(id)).totpPending], [Buffer.of(9), null]);
      assert.deepEqual(
        [await store().useStep(id, 100), await store().useStep(id, 102), await store().useStep(id, 101)],
        [false, true, false],
      );
      const twice = await Promise.all([1, 2].map(() => store().useRecoveryCode(id, Buffer.of(1, 2))));
      assert.deepEqual(twice.sort(), [false, true]);
      await store().setSecondFactor(id, null, null);
      assert.equal(await store().useRecoveryCode(id, Buffer.of(3, 4)), false);
    });

    it('rotates a refresh token once, and ends the session of one that is used again', async () => {
      const { id } = await add();
      const one = session(id);
      await store().begin(one, LATER);
      assert.equal((await find(id)).lastLoginAt, NOW);
      const rotated = await store().rotate(one.id, 0, NOW + 1, NOW - DAY_MS);
      assert.ok(rotated.outcome === 'rotated');
      assert.deepEqual([rotated.session, rotated.person.id], [{ ...one, generation: 1 }, id]);
      const before = await version();
      assert.deepEqual(await store().rotate(one.id, 0, NOW + 2, NOW - DAY_MS), {
        outcome: 'reused',
        userId: id,
      });
      assert.deepEqual(await store().rotate(one.id, 1, NOW + 2, NOW - DAY_MS), { outcome: 'gone' });
      assert.deepEqual(
        (await since(before)).filter(({ sessionId }) => sessionId === one.id),
        [{ userId: null, epoch: null, sessionId: one.id }],
      );
    });

    it('gives one of many that refresh with one token another, and nobody after that', async () => {
      const { id } = await add();
      const one = session(id);
      await store().begin(one, LATER);
      const all = await Promise.all([1, 2, 3, 4].map(() => store().rotate(one.id, 0, NOW + 1, NOW - DAY_MS)));
      assert.equal(all.filter(({ outcome }) => outcome === 'rotated').length, 1);
      assert.equal((await store().rotate(one.id, 1, NOW + 1, NOW - DAY_MS)).outcome, 'gone');
    });

    it('refreshes no session that has expired, or was not used for too long', async () => {
      const { id } = await add();
      const one = session(id);
      await store().begin(one, LATER);
      assert.equal((await store().rotate(one.id, 0, LATER.expiresAt, NOW - DAY_MS)).outcome, 'gone');
      assert.equal((await store().rotate(one.id, 0, NOW + DAY_MS, NOW)).outcome, 'gone');
      assert.equal((await store().rotate(one.id, 0, NOW + DAY_MS, NOW - 1)).outcome, 'rotated');
    });

    it('ends a session once, and the one used least recently where there are too many', async () => {
      const { id } = await add();
      const many = [0, 1, 2, 3].map((i) => session(id, NOW + i));
      for (const one of many) await store().begin(one, LATER);
      const refreshed = async (one: Session) =>
        (await store().rotate(one.id, 0, NOW + 9, NOW - DAY_MS)).outcome;
      const outcomes: string[] = [];
      for (const one of many) outcomes.push(await refreshed(one));
      assert.deepEqual(outcomes, ['gone', 'rotated', 'rotated', 'rotated']);
      assert.equal(await store().end(many[1]?.id ?? ''), id);
      assert.equal(await store().end(many[1]?.id ?? ''), null);
      await store().setPassword(id, H2, many[2]?.id ?? '');
      assert.equal((await store().rotate(many[2]?.id ?? '', 1, NOW + 9, NOW - DAY_MS)).outcome, 'rotated');
      assert.equal(await store().end(many[3]?.id ?? ''), null, 'the new password ended it');
    });

    it('voids a password that was given, and ends the sessions, with a role in one more tenant only', async () => {
      const given = { ...H2, isGiven: true };
      const began = async (id: string) => {
        const one = session(id);
        assert.equal(await store().begin(one, { ...LATER, epoch: (await find(id)).epoch }), true);
        return async () => (await store().rotate(one.id, 0, NOW + 1, NOW - DAY_MS)).outcome;
      };
      const grants = [
        (id: string) => store().setRole(id, other, 'viewer'),
        (id: string) => store().setRoles(id, { [other]: 'viewer' }),
      ];
      for (const grant of grants) {
        const { id } = await add();
        assert.equal(await store().setPassword(id, given, null), true);
        await store().setRole(id, own, 'admin');
        const outcome = await began(id);
        assert.equal((await find(id)).passwordHash, 'h2', 'the tenant is the same');
        assert.equal(await grant(id), true);
        assert.deepEqual([(await find(id)).passwordHash, await outcome()], [null, 'gone']);
      }
      const { id } = await add();
      await store().setPassword(id, given, null);
      await store().setPassword(id, H2, null);
      const outcome = await began(id);
      await store().setRole(id, other, 'viewer');
      assert.deepEqual([(await find(id)).passwordHash, await outcome()], ['h2', 'rotated'], 'was chosen');
    });

    it('sets no password of a user who was changed since', async () => {
      const { id, epoch } = await add();
      await store().setRole(id, other, 'viewer');
      assert.equal(await store().setPassword(id, { ...H2, epoch }, null), false);
      assert.equal((await find(id)).passwordHash, 'h1');
      assert.equal(await store().setPassword(id, { ...H2, epoch: epoch + 1 }, null), true);
    });

    it('gives a tenant no more users than it may have, also where they are added at once', async () => {
      const tenant = `${own}-full`;
      const full = { code: 'TACTUS_CONFLICT', message: /has 40 users/ };
      const added = await Promise.allSettled(
        Array.from({ length: MOST_USERS + 5 }, () => add({ [tenant]: 'viewer' })),
      );
      assert.equal(added.filter(({ status }) => status === 'rejected').length, 5);
      const { id } = await add({ [`${own}-free`]: 'viewer' });
      await assert.rejects(store().setRole(id, tenant, 'viewer'), full);
      await assert.rejects(store().setRoles(id, { [tenant]: 'viewer' }), full);
      assert.deepEqual((await find(id)).roles, { [`${own}-free`]: 'viewer' });
      const [first] = await store().list([tenant], null, 1);
      assert.equal(await store().setRole(first?.id ?? '', tenant, 'admin'), true, 'is there already');
      assert.equal(await store().remove(first?.id ?? ''), true);
      assert.equal(await store().setRole(id, tenant, 'viewer'), true);
    });

    it('begins no session with what was right before a change, also one at the same time', async () => {
      const { id } = await add();
      const [early, late] = [session(id), session(id)];
      const [isEarly] = await Promise.all([store().begin(early, LATER), store().setPassword(id, H2, null)]);
      const { outcome } = await store().rotate(early.id, 0, NOW + 1, NOW - DAY_MS);
      assert.equal(outcome, 'gone', `begun: ${isEarly}`);
      assert.equal(await store().begin(late, LATER), false);
      assert.equal((await store().rotate(late.id, 0, NOW + 1, NOW - DAY_MS)).outcome, 'gone');
      assert.equal(await store().begin(late, { ...LATER, epoch: (await find(id)).epoch }), true);
      await store().endAll(id);
      assert.equal((await store().rotate(late.id, 0, NOW + 1, NOW - DAY_MS)).outcome, 'gone');
    });

    it('keeps one young signing key, of those who rotate at once, for each secret', async () => {
      const sealedBy = randomBytes(8).toString('hex');
      const key = (createdAt: number) => ({
        ...{ id: randomUUID(), publicKey: { kty: 'EC' }, privateKey: Buffer.of(1), createdAt },
      });
      const many = [key(NOW), key(NOW), key(NOW)];
      const before = await version();
      const rotated = await Promise.all(
        many.map((one) => store().rotateSigningKey(sealedBy, one, NOW - 5, NOW - 10)),
      );
      assert.deepEqual(rotated.filter(Boolean), [true]);
      const ofKeys = (await since(before)).filter(
        ({ userId, sessionId }) => userId === null && sessionId === null,
      );
      assert.ok(ofKeys.length > 0, 'others learn of it');
      const [first] = await store().signingKeys(sealedBy);
      assert.deepEqual(first, many[rotated.indexOf(true)]);
      assert.equal(await store().rotateSigningKey(sealedBy, key(NOW + 6), NOW + 1, NOW - 4), true);
      assert.equal((await store().signingKeys(sealedBy)).length, 2);
      assert.equal(await store().rotateSigningKey(sealedBy, key(NOW + 12), NOW + 7, NOW + 2), true);
      assert.deepEqual(
        (await store().signingKeys(sealedBy)).map(({ createdAt }) => createdAt),
        [NOW + 6, NOW + 12],
      );
      assert.deepEqual(await store().signingKeys('of another'), []);
    });
  });
}
