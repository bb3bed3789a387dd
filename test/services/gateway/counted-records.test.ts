import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CountedRecords } from '../../../services/gateway/produce/counted-records.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import { traceHeaders } from '../../../shared/core/trace-context.js';
import { type QuotaDefaults, quotaSource } from '../../../shared/quotas/limits.js';
import { countedMarks } from '../../../shared/security/counted-mark.js';
import { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE } from '../../../shared/tenancy/profile.js';
import { contextOf } from '../../support/recorded-tracing.js';

const SECRET = 'a secret of at least thirty-two characters';

describe('records that the gateway has counted', () => {
  const limited = { ...NO_PROFILE, quotas: { ...NO_PROFILE.quotas, pointsPerSecond: 5 } };
  const defaults: QuotaDefaults = {
    ...{ pointsPerSecond: 0, bytesPerSecond: 0, eventsPerSecond: 0 },
    ...{ algorithm: 'token-bucket', burstS: 10 },
  };
  const profiles = new KnownTenants();
  const value = Buffer.from('value');
  const batchOf = (...tenants: string[]) =>
    OutputBatch.of(
      tenants.map((tenant) => ({ topic: 'ingest.metrics', key: `${tenant}|m|x`, value }) as const),
    );
  const marks = (batch: OutputBatch) => [...batch].map(({ headers }) => Object.keys(headers ?? {}).join());

  it('carry their mark where the tenant has a quota, and no other header', () => {
    const counted = new CountedRecords(quotaSource(profiles, defaults), countedMarks(SECRET));
    assert.deepEqual(marks(counted.mark(batchOf('a', 'b'))), ['', '']);
    profiles.useRecord('b', limited);
    const batch = counted.mark(batchOf('a', 'b', 'b', 'bb', 'b'));
    assert.deepEqual(marks(batch), ['', 'counted', 'counted', '', 'counted']);
    assert.deepEqual(batch.headers[1], countedMarks(SECRET)('b'));
    const forAll = quotaSource(profiles, { ...defaults, bytesPerSecond: 1 });
    const all = new CountedRecords(forAll, countedMarks(SECRET));
    assert.deepEqual(marks(all.mark(batchOf('a', 'b'))), ['counted', 'counted']);
    assert.deepEqual(marks(new CountedRecords(quotaSource(profiles, defaults), null).mark(batchOf('b'))), [
      '',
    ]);
  });

  it('keep the trace of a sampled request, behind the mark', () => {
    const counted = new CountedRecords(
      quotaSource(profiles, { ...defaults, bytesPerSecond: 1 }),
      countedMarks(SECRET),
    );
    const batch = batchOf('a', 'a');
    batch.addHeaders(traceHeaders(contextOf(1, 2)), 1);
    const bytes = batch.bytes;
    assert.deepEqual(marks(counted.mark(batch)), ['counted', 'counted,traceparent']);
    assert.equal(batch.bytes, bytes + 2 * countedMarks(SECRET)('a').length - 1);
  });

  it('have marks that differ by tenant and by secret', () => {
    const all = [countedMarks(SECRET)('a'), countedMarks(SECRET)('b'), countedMarks(`${SECRET}.`)('a')];
    assert.equal(new Set(all.map(String)).size, 3);
  });
});
