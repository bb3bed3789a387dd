import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EndedAttempt } from '../../../../services/alerting/notify/notification.js';
import {
  attemptRecords,
  suppressedRecord,
} from '../../../../services/alerting/notify/notification-records.js';
import { codecs } from '../../../shared/alerting/helpers.js';
import { alertOf, notificationOf, resolved } from './helpers.js';

const attempt = (more: Partial<EndedAttempt> = {}): EndedAttempt => ({
  notification: notificationOf([alertOf('a'), alertOf('b', { tenantId: 'other' })], [resolved(alertOf('c'))]),
  ...{ kind: 'webhook', outcome: 'delivered', attempts: 1, at: 7 },
  ...more,
});

test('each alert of an attempt has a record of its own tenant', () => {
  const { records, left } = attemptRecords(attempt());
  assert.equal(left, 0);
  assert.deepEqual(
    records.map(({ tenantId, fingerprint, status, outcome, error }) => [
      ...[tenantId, fingerprint, status],
      ...[outcome, error],
    ]),
    [
      ['acme', 'a', 'firing', 'delivered', null],
      ['other', 'b', 'firing', 'delivered', null],
      ['acme', 'c', 'resolved', 'delivered', null],
    ],
  );
  assert.equal(new Set(records.map(({ id }) => id)).size, 3);
  for (const one of records)
    assert.deepEqual(
      codecs.decoder('notifications').decode(codecs.encoder('notifications').encode(one)),
      one,
    );
});

test('failures are recorded ever more rarely, and their end always', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), (most) => {
      const all = Array.from({ length: most }, (_, i) =>
        attemptRecords(attempt({ outcome: 'failed', attempts: i + 1 })),
      );
      const recorded = all.filter(({ records }) => records.length > 0).length;
      assert.equal(recorded, 1 + Math.floor(Math.log2(most)));
      for (const outcome of ['delivered', 'given_up'] as const)
        assert.equal(attemptRecords(attempt({ outcome, attempts: most })).records.length, 3);
    }),
    { numRuns: 20 },
  );
  assert.equal(
    attemptRecords(attempt({ outcome: 'failed' })).records[0]?.error,
    'TACTUS_NOTIFICATION_FAILED',
  );
});

test('the records of an attempt are bounded, and what has none is counted', () => {
  const firing = Array.from({ length: 990 }, (_, i) => alertOf(`f${i}`));
  const over = Array.from({ length: 30 }, (_, i) => resolved(alertOf(`r${i}`)));
  const { records, left } = attemptRecords(attempt({ notification: notificationOf(firing, over) }));
  assert.deepEqual([records.length, left, records.at(-1)?.fingerprint], [1_000, 20, 'r9']);
});

test('what is suppressed says why, and has an id for each time', () => {
  const one = {
    alert: alertOf('a'),
    groupKey: '{}',
    channel: 'boss',
    escalation: 2,
    reason: 'inhibited',
  } as const;
  const { id, ...record } = suppressedRecord(one, 'email', 5);
  assert.deepEqual(record, {
    ...{
      tenantId: 'acme',
      fingerprint: 'a',
      startsAt: one.alert.startsAt,
      at: 5,
      channel: 'boss',
      kind: 'email',
    },
    ...{
      outcome: 'suppressed',
      status: 'firing',
      attempts: 0,
      error: null,
      reason: 'inhibited',
      escalation: 2,
    },
  });
  assert.equal(suppressedRecord(one, 'email', 5).id, id);
  assert.notEqual(suppressedRecord(one, 'email', 6).id, id);
});
