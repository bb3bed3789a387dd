import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Amounts,
  type PerSecond,
  type QuotaDefaults,
  type QuotaLimits,
  quotaSource,
} from '../../../shared/quotas/limits.js';
import { Quotas } from '../../../shared/quotas/quotas.js';
import { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE, QUOTA_ALGORITHMS, type TenantQuotas } from '../../../shared/tenancy/profile.js';

const NOON = 1_700_049_600_000;
const NONE: PerSecond = { points: null, bytes: null, events: null };
const points = (count: number): Amounts => ({ points: count, bytes: 0, events: 0 });
const limits = (fields: Partial<QuotaLimits>): QuotaLimits => ({
  ...{ algorithm: 'token-bucket', burstS: 1, tenant: NONE, key: NONE, alwaysRetry: false },
  ...fields,
});

function quotasOf(fields: Partial<QuotaLimits>, maxAccounts = 100): Quotas {
  const source = { version: 1, anyLimited: true, limitsOf: () => limits(fields) };
  return new Quotas({ source, maxAccounts, lastingAfterMs: 60_000 });
}

const DEFAULTS: QuotaDefaults = {
  ...{ pointsPerSecond: 0, bytesPerSecond: 0, eventsPerSecond: 0 },
  ...{ algorithm: 'token-bucket', burstS: 1 },
};

describe('quotas', () => {
  it('let everything in where there is no limit', () => {
    const quotas = quotasOf({});
    assert.equal(quotas.take('acme', 'k1', { points: 1e9, bytes: 1e12, events: 1e9 }, NOON), null);
    assert.deepEqual(quotas.states('acme', 'k1', NOON), []);
    assert.equal(quotas.of('acme').limited, false);
  });

  it('take a request as a whole or not at all', () => {
    const quotas = quotasOf({ tenant: { points: 100, bytes: 1_000, events: null } });
    assert.equal(quotas.take('acme', null, { points: 60, bytes: 100, events: 5 }, NOON), null);
    const exceeded = quotas.take('acme', null, { points: 60, bytes: 100, events: 5 }, NOON);
    assert.deepEqual(exceeded, {
      ...{ quantity: 'points', of: 'tenant', limit: 100, windowS: 1, remaining: 40, resetS: 1 },
      ...{ retryAfterS: 1, lasting: false, never: false },
    });
    // Nothing of it was taken, of no quantity.
    assert.equal(quotas.states('acme', null, NOON)[1]?.remaining, 900);
    assert.equal(quotas.take('acme', null, { points: 40, bytes: 900, events: 5 }, NOON), null);
  });

  it('count each key besides its tenant', () => {
    const quotas = quotasOf({
      tenant: { ...NONE, points: 100 },
      key: { ...NONE, points: 50 },
    });
    assert.equal(quotas.take('acme', 'k1', points(50), NOON), null);
    assert.equal(quotas.take('acme', 'k1', points(1), NOON)?.of, 'key');
    assert.equal(quotas.take('acme', 'k2', points(50), NOON), null);
    assert.equal(quotas.take('acme', 'k3', points(1), NOON)?.of, 'tenant');
    // The same key sends for another tenant.
    assert.equal(quotas.take('initech', 'k1', points(50), NOON), null);
  });

  it('of one tenant do not depend on what others send', () => {
    const step = fc.record({
      tenant: fc.constantFrom('a', 'b', 'c'),
      count: fc.integer({ min: 1, max: 150 }),
      after: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...QUOTA_ALGORITHMS),
        fc.array(step, { maxLength: 80 }),
        (algorithm, steps) => {
          const fields = { algorithm, tenant: { ...NONE, points: 100 }, key: { ...NONE, points: 80 } };
          const together = quotasOf(fields);
          const apart = { a: quotasOf(fields), b: quotasOf(fields), c: quotasOf(fields) };
          let now = NOON;
          for (const { tenant, count, after } of steps) {
            now += after;
            assert.deepEqual(
              together.take(tenant, 'k', points(count), now),
              apart[tenant].take(tenant, 'k', points(count), now),
            );
          }
        },
      ),
    );
  });

  it('say what never fits, and what has lasted', () => {
    const quotas = quotasOf({ burstS: 10, tenant: { ...NONE, points: 100 } });
    const never = quotas.take('acme', null, points(1_001), NOON);
    assert.deepEqual([never?.never, never?.lasting, never?.retryAfterS], [true, true, 10]);

    const burst = quotasOf({ tenant: { ...NONE, points: 100 } });
    let now = NOON;
    const lasting = () => {
      burst.take('acme', null, points(100), now);
      return burst.take('acme', null, points(100), now)?.lasting;
    };
    for (; now < NOON + 60_000; now += 5_000) assert.equal(lasting(), false);
    assert.equal(lasting(), true);
    // A pause ends it.
    now += 31_000;
    assert.equal(lasting(), false);
  });

  it('follow what is set for tenants, and what was taken stays taken', () => {
    const known = new KnownTenants();
    const set = (tenant: string, fields: Partial<TenantQuotas>) =>
      known.useRecord(tenant, { ...NO_PROFILE, quotas: { ...NO_PROFILE.quotas, ...fields } });
    const source = quotaSource(known, { ...DEFAULTS, pointsPerSecond: 10 });
    const quotas = new Quotas({ source, maxAccounts: 10, lastingAfterMs: 60_000 });
    assert.equal(quotas.take('acme', null, points(10), NOON), null);
    assert.equal(quotas.take('acme', null, points(1), NOON)?.limit, 10);
    set('acme', { pointsPerSecond: 30 });
    assert.equal(quotas.take('acme', null, points(20), NOON), null);
    assert.equal(quotas.take('acme', null, points(1), NOON)?.limit, 30);
    set('*', { keyPointsPerSecond: 5, burst: 2, algorithm: 'fixed-window', alwaysRetry: true });
    assert.equal(quotas.take('other', 'k', points(11), NOON)?.of, 'key');
    assert.equal(source.limitsOf('acme').alwaysRetry, true);
    set('acme', { pointsPerSecond: 0 });
    assert.equal(quotas.take('acme', null, points(1), NOON)?.never, true);
  });

  it('have a share of the limits where several instances count', () => {
    const quotas = quotasOf({ tenant: { ...NONE, points: 100 } });
    quotas.share = 0.25;
    assert.equal(quotas.take('acme', null, points(25), NOON), null);
    assert.equal(quotas.take('acme', null, points(1), NOON)?.limit, 25);
    quotas.share = 1;
    assert.equal(quotas.take('acme', null, points(75), NOON), null);
  });

  it('forget the tenant that was used least recently, beyond their bound', () => {
    const quotas = quotasOf({ tenant: { ...NONE, points: 10 } }, 3);
    for (let i = 0; i < 1_000; i++) quotas.take(`t${i}`, null, points(10), NOON);
    assert.equal(quotas.size, 3);
    assert.equal(quotas.evicted, 997);
    assert.notEqual(quotas.take('t999', null, points(1), NOON), null);
  });
});
