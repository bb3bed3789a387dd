import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Amounts, QuotaLimits, Refused } from '../../../shared/quotas/limits.js';
import type { Meter } from '../../../shared/quotas/meter.js';
import { meterOf } from '../../../shared/quotas/meter-of.js';
import type { Granted, QuotaStore, SharedMeter } from '../../../shared/quotas/quota-store.js';
import { Quotas } from '../../../shared/quotas/quotas.js';
import { type SharedQuotaOptions, SharedQuotas } from '../../../shared/quotas/shared-quotas.js';
import { QUOTA_ALGORITHMS } from '../../../shared/tenancy/profile.js';

const NOON = 1_700_049_600_000;
const NONE = { points: null, bytes: null, events: null };
const points = (count: number, tenant = 'acme'): ReadonlyMap<string, Amounts> =>
  new Map([[tenant, { points: count, bytes: 0, events: 0 }]]);

/** The store in memory: what all instances take from. */
class FakeStore implements QuotaStore {
  ready = true;
  calls = 0;
  failure: Error | null = null;
  readonly meters = new Map<string, Meter>();

  constructor(private readonly clock: { now: () => number }) {}

  async take(asked: readonly SharedMeter[]): Promise<readonly Granted[]> {
    this.calls += 1;
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
    const now = this.clock.now();
    return asked.map(({ id, algorithm, rate, least, want }) => {
      const meter = this.meters.get(id) ?? meterOf(algorithm, rate);
      this.meters.set(id, meter);
      const available = meter.available(now);
      const waitMs = meter.waitMs(least, now);
      const amount = least > available ? 0 : Math.min(want, available);
      meter.take(amount, now);
      return { amount, remaining: meter.available(now), waitMs, resetMs: meter.resetMs(now) };
    });
  }
}

function instances(count: number, fields: Partial<QuotaLimits>, more: Partial<SharedQuotaOptions> = {}) {
  const clock = { at: NOON, now: () => clock.at };
  const store = new FakeStore(clock);
  const failures: unknown[] = [];
  const limits: QuotaLimits = {
    ...{ algorithm: 'token-bucket', burstS: 1, tenant: { ...NONE, points: 1_000 }, key: NONE },
    alwaysRetry: false,
    ...fields,
  };
  const source = { version: 1, anyLimited: true, limitsOf: () => limits };
  const all = Array.from({ length: count }, () => {
    const local = new Quotas({ source, maxAccounts: 100, lastingAfterMs: 60_000 });
    local.share = 1 / count;
    return new SharedQuotas({
      ...{ source, store, local, clock, withoutStore: 'local', maxAccounts: 100, lastingAfterMs: 60_000 },
      failed: (error) => failures.push(error),
      ...more,
    });
  });
  return { clock, store, all, failures, first: all[0] as SharedQuotas };
}

const letIn = async (answer: Refused | null | Promise<Refused | null>) => (await answer) === null;

describe('quotas of several instances', () => {
  it('let in together what one would, whichever is asked, and no more than a part of a burst besides', async () => {
    const step = fc.record({
      instance: fc.integer({ min: 0, max: 2 }),
      count: fc.integer({ min: 1, max: 400 }),
      after: fc.integer({ min: 0, max: 150 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...QUOTA_ALGORITHMS),
        fc.array(step, { minLength: 1, maxLength: 80 }),
        async (algorithm, steps) => {
          const { clock, all } = instances(3, { algorithm });
          let sum = 0;
          for (const { instance, count, after } of steps) {
            clock.at += after;
            const quotas = all[instance] as SharedQuotas;
            if (await letIn(quotas.take(points(count), null, clock.at))) sum += count;
          }
          const windows = Math.floor(clock.at / 1_000) - Math.floor(NOON / 1_000) + 1;
          const most = algorithm === 'token-bucket' ? 1_000 + (clock.at - NOON) : windows * 1_000 + 1_000;
          assert.ok(sum <= most + 3 * 20 + 1e-6, `${sum} of ${most}`);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('ask the store far less often than there are requests', async () => {
    const { clock, store, first } = instances(1, { burstS: 10, tenant: { ...NONE, points: 100_000 } });
    let refused = 0;
    for (let i = 0; i < 5_000; i++) {
      clock.at += 1;
      if (!(await letIn(first.take(points(90), null, clock.at)))) refused += 1;
    }
    assert.equal(refused, 0);
    assert.ok(store.calls <= 60, String(store.calls));
  });

  it('ask the store seldom while a tenant is refused', async () => {
    const { clock, store, first } = instances(1, {});
    for (let i = 0; i < 1_000; i++) {
      clock.at += 1;
      await first.take(points(900), null, clock.at);
    }
    // One a tenth of a second, and those that were let in.
    assert.ok(store.calls <= 25, String(store.calls));
  });

  it('refuse what never fits, with the limit and what is left of it', async () => {
    const { first, clock } = instances(1, {});
    const refused = await first.take(points(1_001), 'k', clock.at);
    assert.deepEqual(refused, {
      tenant: 'acme',
      exceeded: {
        ...{ quantity: 'points', of: 'tenant', limit: 1_000, windowS: 1, remaining: 1_000, resetS: 0 },
        ...{ retryAfterS: 1, lasting: true, never: true },
      },
    });
    assert.equal(await first.take(points(600), 'k', clock.at), null);
    assert.equal(first.states('acme', 'k', clock.at)[0]?.remaining, 400);
  });

  it('count keys besides, and give back what is refused for one of them', async () => {
    const { first, clock } = instances(1, { key: { ...NONE, points: 100 } });
    assert.equal((await first.take(points(200), 'a', clock.at))?.exceeded.of, 'key');
    let sum = 0;
    for (let i = 0; i < 10; i++) if (await letIn(first.take(points(100), `k${i}`, clock.at))) sum += 100;
    assert.equal(sum, 1_000);
  });

  it('give back what was granted to a request that is refused for another limit', async () => {
    const { all, first, clock } = instances(2, { key: { ...NONE, points: 100 } });
    const big = new Map([['acme', { points: 900, bytes: 0, events: 0 }]]);
    assert.equal((await first.take(big, 'a', clock.at))?.exceeded.of, 'key');
    assert.equal(await (all[1] as SharedQuotas).take(points(970), null, clock.at), null);
  });

  it('refuse by the answer of the store, whatever is refilled meanwhile', async () => {
    const { all, first, clock } = instances(2, { algorithm: 'fixed-window' });
    assert.equal(await (all[1] as SharedQuotas).take(points(500), null, clock.at), null);
    assert.equal(await first.take(points(440), null, clock.at), null);
    // Takes from what is at hand, and begins to ask for more, which comes while the other waits.
    assert.equal(first.take(points(12), null, clock.at), null);
    assert.equal((await first.take(points(40), null, clock.at))?.exceeded.limit, 1_000);
  });

  it('say once a second that there is no connection to the store, when somebody asks', async () => {
    const { first, clock, store, failures } = instances(1, {});
    store.ready = false;
    assert.equal(first.states('acme', null, clock.at).length, 1);
    assert.equal(failures.length, 0);
    for (let i = 0; i < 25; i++) {
      await first.take(points(1), null, clock.at);
      clock.at += 100;
    }
    assert.equal(failures.length, 3);
    store.ready = true;
    assert.equal(await first.take(points(1), null, clock.at), null);
    assert.equal(store.calls, 1);
  });

  it('fall back to the part of an instance without the store, and ask it again after a second', async () => {
    const { first, clock, store, failures } = instances(4, {});
    store.failure = new Error('gone');
    assert.equal(await first.take(points(250), null, clock.at), null);
    assert.deepEqual(failures.length, 1);
    const { calls } = store;
    assert.equal((await first.take(points(1), null, clock.at))?.exceeded.limit, 250);
    assert.equal(store.calls, calls);
    store.failure = null;
    clock.at += 1_001;
    assert.equal(await first.take(points(900), null, clock.at), null);
    // What was taken together counts in the part, too.
    store.ready = false;
    assert.notEqual(await first.take(points(250), null, clock.at), null);
  });

  it('ask the store again after a refusal or a failure, also when the clock is set back meanwhile', async () => {
    const timeOfStore = { at: NOON, now: () => timeOfStore.at };
    const store = new FakeStore(timeOfStore);
    const { first, clock } = instances(1, {}, { store, withoutStore: 'closed' });
    assert.equal(await first.take(points(1_000), null, clock.at), null);
    assert.notEqual(await first.take(points(1_000), null, clock.at), null);
    timeOfStore.at += 1_000;
    clock.at -= 3_600_000;
    assert.equal(await first.take(points(1_000), null, clock.at), null);
    store.failure = new Error('gone');
    timeOfStore.at += 1_000;
    await assert.rejects(async () => first.take(points(1_000), null, clock.at));
    store.failure = null;
    clock.at -= 3_600_000;
    assert.equal(await first.take(points(1_000), null, clock.at), null);
  });

  it('let in all or nothing without the store, as configured', async () => {
    const open = instances(2, {}, { withoutStore: 'open' });
    open.store.ready = false;
    assert.equal(await open.first.take(points(1e9), null, NOON), null);
    const closed = instances(2, {}, { withoutStore: 'closed' });
    closed.store.ready = false;
    assert.throws(() => closed.first.take(points(1), null, NOON), { code: 'TACTUS_REDIS_UNAVAILABLE' });
    const none = instances(2, { tenant: NONE }, { withoutStore: 'closed' });
    none.store.ready = false;
    assert.equal(await none.first.take(points(1), null, NOON), null);
  });
});
