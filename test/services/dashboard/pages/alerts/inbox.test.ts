import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '../../../../../services/dashboard/api/operations.js';
import {
  boxOf,
  byUrgency,
  canBeMatched,
  fits,
  groupedBy,
  hasText,
  matcherOf,
  matchersOf,
  meanwhile,
  occurrenceOf,
  orderOf,
  ruleAbout,
  similarTo,
  webAddress,
  writtenLabels,
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

  it('is filtered by severity, rule and labels, each of which has to fit', () => {
    const none = { text: '', severity: '', rule: '', labels: [] };
    assert.ok(fits(alert(), none));
    assert.ok(fits(alert(), { text: 'busy', severity: 'warning', rule: 'HostBusy', labels: ['host=web-1'] }));
    for (const other of [{ severity: 'info' }, { rule: 'Host' }, { labels: ['host=web'] }, { text: 'db' }])
      assert.ok(!fits(alert(), { ...none, ...other }), JSON.stringify(other));
    assert.deepEqual(writtenLabels(' host=web-1  query=a=b '), ['host=web-1', 'query=a=b']);
    for (const text of ['web-1', '=web-1', 'host=web-1 eu']) assert.equal(writtenLabels(text), null, text);
  });

  it('is ordered as somebody wishes', () => {
    const alerts = [
      alert({ fingerprint: 'late', startsAt: '2026-11-27T13:00:00Z', value: 2, rule: 'B' }),
      alert({ fingerprint: 'bad', severity: 'critical', rule: 'B' }),
      alert({ fingerprint: 'early', startsAt: '2026-11-27T11:00:00Z', value: 3, rule: 'A' }),
    ];
    const ordered = (name: string | null) =>
      [...alerts]
        .sort(orderOf(name))
        .map(({ fingerprint }) => fingerprint)
        .join(' ');
    for (const name of [null, '', 'none', 'constructor']) assert.equal(ordered(name), 'bad late early');
    assert.equal(ordered('newest'), 'late bad early');
    assert.equal(ordered('oldest'), 'early bad late');
    assert.equal(ordered('value'), 'early late bad');
    assert.equal(ordered('rule'), 'early bad late');
  });

  it('is grouped by rule or label', () => {
    const alerts = [alert(), alert({ labels: {} }), alert({ rule: 'Other' })];
    assert.deepEqual([...groupedBy(alerts, 'rule').keys()], ['HostBusy', 'Other']);
    assert.deepEqual([...groupedBy(alerts, 'host').keys()], ['web-1', 'without host']);
    assert.equal(groupedBy(alerts, '').get('')?.length, 3);
    assert.deepEqual([...groupedBy(alerts, 'constructor').keys()], ['without constructor']);
  });
});

/** What a value may have, and what is to be escaped in it. */
const UNIT = fc.oneof(
  fc.constantFrom('\t', '\r', '\n', '\\', '"', '\u2028', '\0'),
  fc.string({ maxLength: 1 }),
);

describe('the matchers of a silence', () => {
  it('select what all chosen alerts have in common', () => {
    const [a, b] = [
      alert({ labels: { alertname: 'A', tenant: 't', severity: 'warning', host: 'x', shop: '1' } }),
      alert({ labels: { alertname: 'A', tenant: 't', severity: 'warning', host: 'y', shop: '1' } }),
    ];
    assert.deepEqual(matchersOf([a, b]), ['alertname="A"', 'shop="1"']);
    assert.deepEqual(matchersOf([]), []);
  });

  it('leave out labels that no matcher can name, such as those of tags with a hyphen', () => {
    const labels = { alertname: 'A', 'http-method': 'GET', 'k8s/app': 'x', größe: '1', a_b: '2', 'c.d': '3' };
    assert.deepEqual(matchersOf([alert({ labels })]), ['alertname="A"', 'a_b="2"', 'c.d="3"']);
    const names = fc.string({ unit: fc.constantFrom('a', 'B', '7', '_', '.', '-', 'ü') });
    fc.assert(
      fc.property(names, (name) => canBeMatched(name) === (typeof parseMatcher(`${name}="x"`) !== 'string')),
    );
  });

  it('are read by alerting as the label that they are for, whatever its value', () => {
    fc.assert(
      fc.property(fc.string({ unit: UNIT }), (value) => {
        const text = matcherOf('host', value);
        assert.ok(!/[\r\n]/.test(text), 'in one line of a form');
        const read = parseMatcher(text);
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

describe('what happens while somebody acts on alerts', () => {
  const again = { startsAt: '2026-11-27T13:00:00Z' };
  const of = (now: readonly Alert[], was = alert()) => {
    const { open, acknowledged, ended } = meanwhile([was], now);
    return { open: open.length, acknowledged, ended };
  };

  it('is said: who was quicker, what is over, and that what fires again is not the same', () => {
    assert.deepEqual(of([alert()]), { open: 1, acknowledged: 0, ended: 0 });
    assert.deepEqual(of([alert({ acknowledged: true })]), { open: 0, acknowledged: 1, ended: 0 });
    assert.deepEqual(of([alert({ state: 'resolved' })]), { open: 0, acknowledged: 0, ended: 1 });
    assert.deepEqual(of([alert({ state: 'resolved' }), alert(again)]), {
      ...{ open: 0, acknowledged: 0, ended: 1 },
    });
    assert.notEqual(occurrenceOf(alert()), occurrenceOf(alert(again)));
  });

  it('is nothing where an alert is not known any more, and where it was acknowledged before', () => {
    assert.deepEqual(of([]), { open: 1, acknowledged: 0, ended: 0 });
    const known = alert({ acknowledged: true });
    assert.deepEqual(of([known], known), { open: 1, acknowledged: 0, ended: 0 });
  });

  it('leaves each alert in one place', () => {
    const states = fc.constantFrom('firing' as const, 'pending' as const, 'resolved' as const);
    const some = fc.uniqueArray(
      fc.record({
        fingerprint: fc.constantFrom('a', 'b', 'c', 'd'),
        state: states,
        acknowledged: fc.boolean(),
      }),
      { selector: ({ fingerprint }) => fingerprint },
    );
    fc.assert(
      fc.property(some, some, (were, are) => {
        const picked = were.map(alert);
        const { open, acknowledged, ended } = meanwhile(picked, are.map(alert));
        assert.equal(open.length + acknowledged + ended, picked.length);
      }),
    );
  });
});

it('leads to the rule of an alert, also where that says that the rule fails', () => {
  assert.equal(ruleAbout(alert()), 'HostBusy');
  assert.equal(ruleAbout(alert({ rule: 'RuleFailing:Slow' })), 'Slow');
});

it('finds similar alerts by rule and labels, those with the most in common first', () => {
  const labels = { tenant: 't', host: 'web-1', region: 'eu' };
  const of = (fingerprint: string, rule: string, more: Record<string, string>) =>
    alert({ fingerprint, rule, labels: { tenant: 't', ...more } });
  const others = [
    of('none', 'Other', { host: 'db-1' }),
    of('region', 'Other', { region: 'eu' }),
    of('most', 'HostBusy', { host: 'db-1', region: 'eu' }),
    alert({ labels }),
  ];
  const found = similarTo(alert({ labels }), others, 5).map(({ fingerprint }) => fingerprint);
  assert.deepEqual(found, ['most', 'region']);
  assert.equal(similarTo(alert({ labels }), others, 1).length, 1);
});
