import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ShareCallers } from '../../../../services/api/sharing/share-callers.js';
import { type NewShare, ShareLinks, type ShareStore } from '../../../../services/api/sharing/share-links.js';
import { FROM, PeopleParts } from '../people/people-parts.js';

const DAY_MS = 86_400_000;
const WANTED = { tenantId: 'acme', dashboardId: 'checkout', comment: '', createdBy: 'ada', lengthMs: DAY_MS };

class MemoryShares implements ShareStore {
  readonly kept: NewShare[] = [];
  asked = 0;

  async create(share: NewShare) {
    this.kept.push(share);
    const { id, comment, createdBy, expiresAt } = share;
    return { id, comment, createdBy, createdAt: new Date(), expiresAt: new Date(expiresAt), usedAt: null };
  }

  async use(hash: Buffer) {
    this.asked += 1;
    const found = this.kept.find((one) => one.hash.equals(hash));
    return found === undefined ? null : { ...found, title: 'Checkout' };
  }

  async revoke({ id }: { readonly id: string }) {
    const at = this.kept.findIndex((one) => one.id === id);
    return at >= 0 && this.kept.splice(at, 1).length > 0;
  }
}

describe('a link to a dashboard', () => {
  async function sharing() {
    const people = new PeopleParts();
    await people.follower.poll();
    const { keys, audit, clock } = people;
    const store = new MemoryShares();
    const links = new ShareLinks({ store, keys, audit, clock });
    const callers = new ShareCallers({ keys, clock });
    return { people, store, links, callers };
  }

  it('is exchanged as often as one likes for a token that reads for its tenant, for ten minutes', async () => {
    const { people, links, callers } = await sharing();
    const made = await links.make(WANTED);
    assert.ok(made);
    await links.open(made.token, FROM);
    const opened = await links.open(made.token, FROM);
    assert.deepEqual([opened.dashboardId, opened.title, opened.expiresInS], ['checkout', 'Checkout', 600]);
    const caller = callers.authenticate(opened.accessToken);
    assert.ok(caller);
    assert.deepEqual([caller.id, caller.kind, caller.tenantId], [made.id, 'link', 'acme']);
    assert.deepEqual(
      [caller.may('read', 'acme'), caller.may('operate', 'acme'), caller.may('read', 'globex')],
      [true, false, false],
    );
    people.now += 600_000;
    assert.deepEqual([caller.inForce(people.now), callers.authenticate(opened.accessToken)], [false, null]);
  });

  it('gives no token that is good for longer than the link', async () => {
    const { people, links } = await sharing();
    const made = await links.make(WANTED);
    assert.ok(made);
    people.now += DAY_MS - 60_000;
    assert.equal((await links.open(made.token, FROM)).expiresInS, 60);
    people.now += 60_000;
    await assert.rejects(links.open(made.token, FROM), { code: 'TACTUS_LOGIN_REFUSED' });
  });

  it('is stored and audited without what it is opened by', async () => {
    const { people, store, links } = await sharing();
    const made = await links.make(WANTED);
    assert.ok(made);
    assert.match(made.token, /^[\w-]{43}$/);
    await assert.rejects(
      links.open(
        made.token.replace(/^./, (first) => (first === '_' ? '-' : '_')),
        FROM,
      ),
    );
    await links.revoke({ ...WANTED, id: made.id });
    await assert.rejects(links.open(made.token, FROM), { code: 'TACTUS_LOGIN_REFUSED' });
    assert.ok(!JSON.stringify(store.kept).includes(made.token));
    assert.deepEqual(people.audited, ['link.unknown', 'link.unknown']);
    assert.ok(!people.records.join().includes(made.token.slice(1)));
  });

  it('that is none is not looked for, and guessing waits', async () => {
    const { store, links } = await sharing();
    await assert.rejects(links.open('x', FROM), { code: 'TACTUS_LOGIN_REFUSED' });
    assert.equal(store.asked, 0);
    const guess = (i: number) => links.open(String(i).padStart(43, 'A'), FROM);
    for (let i = 1; i < 60; i++) await assert.rejects(guess(i), { code: 'TACTUS_LOGIN_REFUSED' });
    await assert.rejects(guess(60), { code: 'TACTUS_LOGIN_LIMITED' });
    assert.equal(store.asked, 59);
    const made = await links.make(WANTED);
    assert.ok(made);
    await links.open(made.token, { ...FROM, from: '198.51.100.7' });
  });

  it('gives a token that is none of a user, nor is one of a user its', async () => {
    const { people, links, callers } = await sharing();
    const made = await links.make(WANTED);
    assert.ok(made);
    const { accessToken } = await links.open(made.token, FROM);
    assert.throws(() => people.authenticate(accessToken), { code: 'TACTUS_CREDENTIALS_REFUSED' });
    await people.add('ada', { acme: 'admin' });
    assert.equal(callers.authenticate((await people.login('ada')).accessToken), null);
  });
});
