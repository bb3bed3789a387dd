import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AuditRecord } from '../../../schemas/types.js';
import type { KeyRefusal } from '../../../shared/ports/keys.js';
import type { ProducedRecord } from '../../../shared/ports/log.js';
import { createLogger } from '../../../shared/process/logger.js';
import { AuditTrail } from '../../../shared/runners/audit-trail.js';
import { BoundedRefusals } from '../../../shared/security/bounded-refusals.js';

const UNKNOWN: KeyRefusal = { refused: 'unknown', message: '', keyId: null };
const ACCESS = { resource: 'POST /api/v1/metrics', from: '192.0.2.1' };

describe('the bound of refusals', () => {
  it('lets through 100 at once and 10 a second, and counts every other one once in some summary', () => {
    const steps = fc.array(fc.record({ afterMs: fc.nat(2_000), count: fc.nat(60) }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const bound = new BoundedRefusals();
        const totals = { sent: 0, admitted: 0, omitted: 0 };
        let now = 0;
        let summarizedAt = Number.NEGATIVE_INFINITY;
        const take = (last: boolean) => {
          const summary = bound.summary(now, last);
          if (summary === null) return;
          assert.ok(last || now - summarizedAt >= 60_000);
          summarizedAt = now;
          totals.omitted += summary.get('unknown') ?? 0;
        };
        for (const { afterMs, count } of all) {
          now += afterMs;
          for (let i = 0; i < count; i++) if (bound.admit('unknown', now)) totals.admitted += 1;
          totals.sent += count;
          take(false);
          assert.ok(totals.admitted <= 100 + now / 100 + 1e-6);
        }
        take(true);
        assert.equal(totals.admitted + totals.omitted, totals.sent);
      }),
    );
  });

  it('lets nothing more through for a clock that was set back', () => {
    const bound = new BoundedRefusals();
    let admitted = 0;
    for (const now of [5_000, 0, 5_000, 0])
      for (let i = 0; i < 200; i++) if (bound.admit('expired', now)) admitted++;
    assert.ok(admitted <= 200, `${admitted}`);
  });
});

describe('the audit trail', () => {
  function setUp(send: (records: readonly ProducedRecord[]) => Promise<void>) {
    const written: AuditRecord[] = [];
    const counts = { written: 0, omitted: 0 };
    const clock = { time: 0, now: () => clock.time };
    const trail = new AuditTrail({
      encoder: { schemaId: 1, encode: (value) => Buffer.from(JSON.stringify(value)) },
      producer: {
        send: async (records) => {
          await send(records);
          for (const { value } of records) written.push(JSON.parse(String(value)));
        },
        close: async () => {},
      },
      clock,
      log: createLogger('test', 'silent'),
      counted: (outcome, count = 1) => {
        counts[outcome] += count;
      },
    });
    return { trail, written, counts, clock };
  }

  it('writes who was refused what, and the rest of a flood in one record', async () => {
    const { trail, written, counts } = setUp(async () => {});
    trail.refused({ refused: 'scope', message: '', keyId: 'abc' }, ACCESS, 'acme');
    for (let i = 0; i < 5_000; i++) trail.refused(UNKNOWN, ACCESS);
    await trail.close();
    const [first, second] = written;
    assert.deepEqual(
      { ...first, id: '' },
      {
        ...{ id: '', tenantId: 'acme', action: 'access', user: 'key:abc', resource: 'POST /api/v1/metrics' },
        ...{ outcome: 'refused', timestamp: 0, details: { reason: 'scope', from: '192.0.2.1' } },
      },
    );
    assert.deepEqual([second?.user, second?.details.reason], ['', 'unknown']);
    const omitted = written.flatMap(({ details }) => details['omitted.unknown'] ?? []).map(Number);
    assert.ok(written.length <= 102, `${written.length}`);
    assert.equal(
      omitted.reduce((sum, count) => sum + count, 0),
      4_901,
    );
    assert.deepEqual(counts, { written: 100, omitted: 4_901 });
    assert.equal(new Set(written.map(({ id }) => id)).size, written.length);
  });

  it('holds a bounded number of records while Kafka does not answer, and counts the others', async () => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { trail, written, counts, clock } = setUp(() => answered);
    for (let i = 0; i < 20_000; i++) {
      clock.time += 100;
      trail.refused(UNKNOWN, ACCESS);
    }
    assert.ok(counts.written <= 1_001, `${counts.written}`);
    answer();
    await trail.close();
    const omitted = written.flatMap(({ details }) => details['omitted.unknown'] ?? []).map(Number);
    assert.equal(omitted.reduce((sum, count) => sum + count, 0) + counts.written, 20_000);
    assert.ok(written.length <= 1_100, `${written.length}`);
  });
});
