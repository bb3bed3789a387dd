import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '../../../../../services/dashboard/api/operations.js';
import {
  boxOf,
  byUrgency,
  groupedBy,
  hasText,
  matcherOf,
  matchersOf,
  webAddress,
} from '../../../../../services/dashboard/pages/alerts/inbox.js';
import { parseMatcher } from '../../../../../shared/alerting/matcher.js';

const alert = (more: Partial<Alert> = {}): Alert => ({
  ...{ fingerprint: 'a', rule: 'HostBusy', state: 'firing', severity: 'warning', value: 1 },
  ...{
    labels: { host: 'web-1' },
    annotations: { summary: 'web-1 is busy' },
    acknowledged: false,
    silenced: false,
  },
  ...{ startsAt: '2026-11-27T12:00:00Z', endsAt: null, updatedAt: '2026-11-27T12:00:00Z' },
  ...more,
});

describe('the inbox', () => {
  it('has each alert in one box', () => {
    const boxes = [
      boxOf(alert()),
      boxOf(alert({ acknowledged: true })),
      boxOf(alert({ acknowledged: true, silenced: true })),
      boxOf(alert({ state: 'pending', silenced: true })),
      boxOf(alert({ state: 'resolved', acknowledged: true })),
    ];
    assert.deepEqual(boxes, ['firing', 'acknowledged', 'silenced', 'pending', 'resolved']);
  });

  it('has the worst first, of those the newest', () => {
    const alerts = [
      alert({ fingerprint: 'old' }),
      alert({ fingerprint: 'info', severity: 'info' }),
      alert({ fingerprint: 'new', startsAt: '2026-11-27T13:00:00Z' }),
      alert({ fingerprint: 'critical', severity: 'critical' }),
    ];
    assert.deepEqual(
      alerts.sort(byUrgency).map(({ fingerprint }) => fingerprint),
      ['critical', 'new', 'old', 'info'],
    );
  });

  it('is searched by rule, summary and labels', () => {
    for (const text of ['hostbusy', 'is BUSY', 'host=web', '']) assert.ok(hasText(alert(), text), text);
    assert.ok(!hasText(alert(), 'db-1'));
  });

  it('is grouped by rule or label', () => {
    const alerts = [alert(), alert({ labels: {} }), alert({ rule: 'Other' })];
    assert.deepEqual([...groupedBy(alerts, 'rule').keys()], ['HostBusy', 'Other']);
    assert.deepEqual([...groupedBy(alerts, 'host').keys()], ['web-1', 'without host']);
    assert.equal(groupedBy(alerts, '').get('')?.length, 3);
  });
});

describe('the matchers of a silence', () => {
  it('select what all chosen alerts have in common', () => {
    const [a, b] = [
      alert({ labels: { alertname: 'A', tenant: 't', severity: 'warning', host: 'x', shop: '1' } }),
      alert({ labels: { alertname: 'A', tenant: 't', severity: 'warning', host: 'y', shop: '1' } }),
    ];
    assert.deepEqual(matchersOf([a, b]), ['alertname="A"', 'shop="1"']);
    assert.deepEqual(matchersOf([]), []);
  });

  it('are read by alerting as the label that they are for, whatever its value', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const read = parseMatcher(matcherOf('host', value));
        assert.ok(typeof read !== 'string', String(read));
        assert.ok(read.matches({ host: value }));
        assert.ok(!read.matches({ host: `${value}.` }));
      }),
    );
  });
});

it('follows no address but of the web', () => {
  assert.equal(webAddress('https://example.com/a'), 'https://example.com/a');
  for (const text of ['javascript:alert(1)', 'data:text/html,x', ' https://a', undefined])
    assert.equal(webAddress(text), null);
});
