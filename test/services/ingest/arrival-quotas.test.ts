import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ArrivalQuotas, type ArrivalQuotasOptions } from '../../../services/ingest/arrival-quotas.js';
import { SLOT_MS, slotOf, TenantLedger } from '../../../services/ingest/tenant-ledger.js';
import { Account } from '../../../shared/quotas/account.js';
import { type QuotaDefaults, type QuotaLimits, quotaSource } from '../../../shared/quotas/limits.js';
import type { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE, QUOTA_ALGORITHMS, type TenantProfile } from '../../../shared/tenancy/profile.js';

const NONE = { points: null, bytes: null, events: null };
const NO_DEFAULTS: QuotaDefaults = {
  ...{ pointsPerSecond: 0, bytesPerSecond: 0, eventsPerSecond: 0 },
  ...{ algorithm: 'token-bucket', burstS: 1 },
};

function limits(
  change: Partial<QuotaLimits>,
  points: number | null,
  bytes: number | null = null,
): QuotaLimits {
  return {
    ...{
      algorithm: 'token-bucket',
      burstS: 2,
      key: NONE,
      alwaysRetry: false,
      tenant: { points, bytes, events: null },
    },
    ...change,
  };
}

function ledgerOf(inForce: QuotaLimits): TenantLedger {
  const ledger = new TenantLedger(new Account('tenant'));
  ledger.use(() => inForce, 1, 1);
  return ledger;
}

/** Whether it fits, and takes it if it does. */
function take(ledger: TenantLedger, slot: number, points: number): boolean {
  const account = ledger.at(slot);
  if (account === null || !account.fits(points, points, 0, slot * SLOT_MS)) return false;
  ledger.add(points, points, 0);
  return true;
}

const START = slotOf(1_700_000_000_000);
const algorithm = fc.constantFrom(...QUOTA_ALGORITHMS);
const arrivals = fc.array(
  fc.record({ gap: fc.nat({ max: 12 }), points: fc.integer({ min: 1, max: 9 }), of: fc.nat({ max: 3 }) }),
  {
    minLength: 1,
    maxLength: 120,
  },
);

describe('the ledger of a tenant', () => {
  it('counts what is read in the order of arrival as its algorithm does', () => {
    fc.assert(
      fc.property(arrivals, algorithm, (sent, algorithm) => {
        const inForce = limits({ algorithm }, 8);
        const ledger = ledgerOf(inForce);
        const plain = new Account('tenant');
        plain.use(inForce, inForce.tenant, 1, 1);
        let slot = START;
        for (const { gap, points } of sent) {
          slot += gap;
          const fits = plain.fits(points, points, 0, slot * SLOT_MS);
          if (fits) plain.add(points, points, 0, slot * SLOT_MS);
          assert.equal(take(ledger, slot, points), fits);
        }
      }),
    );
  });

  it('refuses nothing of what fits in the order of arrival, whichever partition is read first', () => {
    fc.assert(
      fc.property(arrivals, algorithm, fc.infiniteStream(fc.nat({ max: 3 })), (sent, algorithm, turns) => {
        const inForce = limits({ algorithm }, 8);
        const live = ledgerOf(inForce);
        let slot = START;
        // What the tenant has sent and kept its quota, by partition; 30 s at most.
        const partitions: { slot: number; points: number }[][] = [[], [], [], []];
        for (const { gap, points, of } of sent) {
          slot += gap;
          if (slot - START < 120 && take(live, slot, points)) partitions[of]?.push({ slot, points });
        }
        const late = ledgerOf(inForce);
        let left = partitions.flat().length;
        while (left > 0) {
          const next = partitions[turns.next().value as number]?.shift();
          if (next === undefined) continue;
          left -= 1;
          assert.ok(take(late, next.slot, next.points), `${JSON.stringify(next)} of ${JSON.stringify(sent)}`);
        }
      }),
    );
  });

  it('knows nothing of more than 32 s before', () => {
    const ledger = ledgerOf(limits({}, 8));
    assert.ok(take(ledger, START, 16));
    assert.ok(!take(ledger, START, 1));
    assert.ok(ledger.at(START + 127) !== null && ledger.at(START) !== null);
    assert.ok(ledger.at(START + 128) !== null);
    assert.equal(ledger.at(START), null);
    assert.ok(ledger.at(START + 1_000_000) !== null);
    assert.ok(take(ledger, START + 1_000_000, 16));
    assert.ok(!take(ledger, START + 1_000_000, 1));
  });
});

describe('quotas by arrival', () => {
  it('are in force with a change of what is set, and of the share', () => {
    let version = 1;
    let pointsPerSecond: number | null = 100;
    const profile = () => ({ ...NO_PROFILE, quotas: { ...NO_PROFILE.quotas, pointsPerSecond } });
    const tenants = {
      get version() {
        return version;
      },
      some: (is: (of: TenantProfile) => boolean) => is(profile()),
      profileOf: profile,
    };
    const options: ArrivalQuotasOptions = {
      source: quotaSource(tenants as unknown as KnownTenants, NO_DEFAULTS),
      ...{ maxTenants: 2, markOf: null, over: () => {}, shareOf: () => share },
    };
    let share = 1;
    const quotas = new ArrivalQuotas(options);
    const room = () =>
      quotas
        .ledger('t')
        .at(START)
        ?.states(START * SLOT_MS)[0]?.limit;
    assert.equal(room(), 100);
    share = 0.25;
    assert.equal(room(), 25);
    assert.ok(quotas.active);
    pointsPerSecond = null;
    assert.ok(quotas.active, 'nothing says that anything has changed');
    version = 2;
    assert.ok(!quotas.active);
  });
});
