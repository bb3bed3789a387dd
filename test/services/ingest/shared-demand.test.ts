import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ArrivalQuotas } from '../../../services/ingest/arrival-quotas.js';
import { SharedDemand } from '../../../services/ingest/shared-demand.js';
import { SLOT_MS, slotOf } from '../../../services/ingest/tenant-ledger.js';
import type { Account } from '../../../shared/quotas/account.js';
import { MemoryDemand } from '../../support/memory-demand.js';

const NOON = 1_700_049_600_000;
const PER_SECOND = 1_000;
const BURST_S = 5;
const NONE = { points: null, bytes: null, events: null };

function instances(parts: readonly number[], store = new MemoryDemand()) {
  let failures = 0;
  const all = parts.map((part) => {
    const demand = new SharedDemand(store, () => {
      failures += 1;
    });
    demand.part = part;
    return demand;
  });
  return { store, all, failures: () => failures };
}

/** Workers that count what comes in stretches, and exchange what came once a second. */
class Site {
  readonly store = new MemoryDemand();
  readonly workers: { demand: SharedDemand; quotas: ArrivalQuotas }[];
  readonly taken: number[];
  now = NOON;

  constructor(parts: readonly number[]) {
    const { all } = instances(parts, this.store);
    this.taken = parts.map(() => 0);
    this.workers = all.map((demand) => {
      const quotas = new ArrivalQuotas({
        source: {
          ...{ version: 1, anyLimited: true },
          limitsOf: () => ({
            ...{ algorithm: 'token-bucket', burstS: BURST_S, key: NONE, alwaysRetry: false },
            tenant: { ...NONE, points: PER_SECOND },
          }),
        },
        ...{ maxTenants: 10, markOf: null, over: () => {} },
        shareOf: (tenant, came) => demand.shareOf(tenant, came),
      });
      return { demand, quotas };
    });
  }

  /** So many points a second come to each. Gives how many were taken. */
  async run(seconds: number, rates: readonly number[]): Promise<number> {
    const before = this.total;
    for (let slot = 0; slot < (seconds * 1_000) / SLOT_MS; slot++) {
      for (const [i, { quotas }] of this.workers.entries()) {
        const count = ((rates[i] as number) * SLOT_MS) / 1_000;
        if (count === 0) continue;
        const ledger = quotas.ledger('acme');
        const account = ledger.at(slotOf(this.now)) as Account;
        ledger.came(slotOf(this.now), count, count, 0);
        let fits = 0;
        for (let n = 0; n < count && account.fits(1, 1, 0, this.now); n++) {
          ledger.add(1, 1, 0);
          fits += 1;
        }
        this.taken[i] = (this.taken[i] as number) + fits;
      }
      this.now += SLOT_MS;
      this.store.now += SLOT_MS;
      if (slot % 4 === 3) await this.exchange();
    }
    return this.total - before;
  }

  async exchange(): Promise<void> {
    for (const { demand, quotas } of this.workers) await demand.exchange(quotas.takeDemand());
  }

  get total(): number {
    return this.taken.reduce((sum, each) => sum + each);
  }
}

describe('the shares of workers in a limit', () => {
  it('are one together, whatever comes to each, once they have exchanged it', async () => {
    const came = fc
      .record({ part: fc.integer({ min: 0, max: 10 }), own: fc.double({ min: 0, max: 50, noNaN: true }) })
      // To who has no partition nothing comes.
      .map(({ part, own }) => ({ part, own: part === 0 ? 0 : own }));
    await fc.assert(
      fc.asyncProperty(fc.array(came, { minLength: 2, maxLength: 5 }), async (each) => {
        const sum = each.reduce((all, { part }) => all + part, 0);
        fc.pre(sum > 0);
        const { all } = instances(each.map(({ part }) => part / sum));
        for (let times = 0; times < 2; times++)
          for (const [i, demand] of all.entries())
            await demand.exchange(new Map([['acme', each[i]?.own as number]]));
        const shares = all.map((demand, i) => demand.shareOf('acme', each[i]?.own as number));
        const together = shares.reduce((total, share) => total + share);
        // Each is rounded up to a two hundredth, and does not say less than that.
        assert.ok(together <= 1 + each.length * 0.011, `${shares}`);
        if (each.every(({ part }) => part > 0)) assert.ok(together >= 0.99, `${shares}`);
      }),
    );
  });

  it('are those of the partitions without the store, and for who has all of them', async () => {
    const { store, all, failures } = instances([0.25, 0.75]);
    const [one, other] = all as [SharedDemand, SharedDemand];
    assert.deepEqual([one.shareOf('acme', 9), other.shareOf('acme', 0)], [0.25, 0.75]);
    for (const demand of [one, other, one])
      await demand.exchange(new Map([['acme', demand === one ? 9 : 0]]));
    assert.ok(one.shareOf('acme', 9) > 0.9);
    store.hangs = true;
    await one.exchange(new Map());
    assert.deepEqual([one.shareOf('acme', 9), failures()], [0.25, 1]);
    one.part = 1;
    assert.equal(one.shareOf('acme', 9), 1);
    await one.exchange(new Map());
    assert.equal(failures(), 1, 'who has all partitions needs nobody');
  });

  it('forget who is gone, at once or after some seconds', async () => {
    const { store, all } = instances([0.5, 0.5]);
    const [one, other] = all as [SharedDemand, SharedDemand];
    const full = new Map([['acme', 1]]);
    for (const demand of [other, one]) await demand.exchange(full);
    assert.ok(one.shareOf('acme', 1) <= 0.5);
    await other.leave();
    await one.exchange(full);
    // Its partitions have nobody yet.
    assert.ok(one.shareOf('acme', 1) <= 0.505);
    one.part = 0.9;
    await other.exchange(full);
    store.now += 4_000;
    await one.exchange(full);
    assert.ok(one.shareOf('acme', 1) > 0.85);
  });
});

describe('a tenant that sends to several workers', () => {
  it('has its whole quota where all of it comes to one, and loses nothing within it', async () => {
    const site = new Site([0.5, 0.5]);
    assert.equal(await site.run(60, [900, 0]), 54_000);
    const more = new Site([0.5, 0.5]);
    await more.run(20, [5_000, 0]);
    const taken = await more.run(30, [5_000, 0]);
    assert.ok(taken > 30 * PER_SECOND * 0.95 && taken <= 30 * PER_SECOND * 1.01, `${taken}`);
  });

  it('has it in sum where it comes to several, and no more', async () => {
    const site = new Site([0.5, 0.25, 0.25]);
    assert.equal(await site.run(60, [100, 0, 700]), 48_000);
    const more = new Site([0.5, 0.25, 0.25]);
    await more.run(20, [8_000, 4_000, 500]);
    const taken = await more.run(30, [8_000, 4_000, 500]);
    assert.ok(taken > 30 * PER_SECOND * 0.97 && taken <= 30 * PER_SECOND * 1.03, `${taken}`);
  });

  it('loses nothing within its quota when all of it moves from one to the other', async () => {
    const site = new Site([0.5, 0.5]);
    let sent = 0;
    for (const rates of [
      [800, 0],
      [0, 800],
      [400, 400],
      [0, 800],
    ] as const) {
      await site.run(20, rates);
      sent += 20 * 800;
    }
    assert.equal(site.total, sent);
  });

  it('gains no more than a burst where it sends by turns, whoever sends more than the quota', async () => {
    const site = new Site([0.5, 0.5]);
    for (let turn = 0; turn < 12; turn++) await site.run(5, turn % 2 === 0 ? [5_000, 0] : [0, 5_000]);
    const allowed = PER_SECOND * (60 + BURST_S);
    assert.ok(site.total <= allowed * 1.35, `${site.total} of ${allowed}`);
  });
});
