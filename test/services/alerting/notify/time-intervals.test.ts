import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testRoutes } from '../../../../services/alerting/commands/routes.js';
import { parseRouting } from '../../../../services/alerting/notify/routing-file.js';
import { alertOf, DispatcherHarness, MINUTE, resolved, SECOND } from './helpers.js';

const CHANNELS = 'channels: { ops: { type: webhook, url: "https://example.com/" } }\n';

function routingOf(interval: string): string {
  return `${CHANNELS}timeIntervals: { it: [${interval}] }
route: { channels: [ops], routes: [{ match: [team=a], muteTimeIntervals: [it] }] }`;
}

/** Whether an interval includes each of some times. */
function includes(interval: string, ...times: string[]): boolean[] {
  const [child] = parseRouting(routingOf(interval), 'my.yaml', {}).routing.route.routes;
  return times.map((time) => child?.mute[0]?.includes(Date.parse(time)) ?? false);
}

function problem(text: string): string {
  try {
    parseRouting(text, 'my.yaml', {});
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail('it was accepted');
}

test('an interval is of times of the day, whose end is not part of it, in its time zone', () => {
  const office = '{ times: ["09:00-17:00"], weekdays: ["monday:friday"], location: Europe/Berlin }';
  // A Friday in winter, one hour ahead of UTC; then one in summer, two hours ahead; then a Saturday.
  assert.deepEqual(
    includes(
      office,
      '2026-11-20T07:59:59Z',
      '2026-11-20T08:00:00Z',
      '2026-11-20T15:59:59Z',
      '2026-11-20T16:00:00Z',
    ),
    [false, true, true, false],
  );
  assert.deepEqual(includes(office, '2026-07-03T06:59:00Z', '2026-07-03T07:00:00Z'), [false, true]);
  assert.deepEqual(includes(office, '2026-11-21T10:00:00Z'), [false]);
  assert.deepEqual(includes('{ times: ["22:00-24:00"] }', '2026-11-20T23:59:00Z', '2026-11-21T00:00:00Z'), [
    true,
    false,
  ]);
});

test('days of a month are counted from both ends, and months and years have names and numbers', () => {
  const last = '{ daysOfMonth: ["-2:-1"], months: ["january:february", 12] }';
  assert.deepEqual(
    includes(
      last,
      '2026-02-26T12:00:00Z',
      '2026-02-27T12:00:00Z',
      '2024-02-28T12:00:00Z',
      '2026-12-31T12:00:00Z',
      '2026-03-31T12:00:00Z',
    ),
    [false, true, true, true, false],
  );
  assert.deepEqual(includes('{ daysOfMonth: ["30:31"] }', '2026-02-28T12:00:00Z', '2026-04-30T12:00:00Z'), [
    false,
    true,
  ]);
  assert.deepEqual(
    includes('{ years: ["2026:2027"], daysOfMonth: [1] }', '2026-05-01T00:00:00Z', '2028-05-01T00:00:00Z'),
    [true, false],
  );
});

test('an interval lasts while one of its entries does', () => {
  assert.deepEqual(
    includes(
      '{ weekdays: [saturday] }, { weekdays: [sunday] }',
      '2026-11-21T00:00:00Z',
      '2026-11-23T00:00:00Z',
    ),
    [true, false],
  );
});

test('mistakes are reported with what is allowed', () => {
  const cases: [string, RegExp][] = [
    ['{ times: ["17:00-09:00"] }', /times\[0\]: must be "HH:MM-HH:MM" within one day/],
    ['{ times: ["23:00-24:01"] }', /times\[0\]: must be "HH:MM-HH:MM"/],
    ['{ weekdays: ["friday:monday"] }', /weekdays\[0\]: must not end before it begins/],
    ['{ weekdays: [8] }', /weekdays\[0\]: must be weekdays such as/],
    ['{ daysOfMonth: [0] }', /daysOfMonth\[0\]: must be days such as/],
    ['{ daysOfMonth: ["-1:-3"] }', /daysOfMonth\[0\]: must not end before/],
    ['{ months: [13] }', /months\[0\]: must be months such as/],
    ['{ location: Atlantis }', /location: must be a time zone/],
  ];
  for (const [interval, says] of cases) assert.match(problem(routingOf(interval)), says);
  const of = (route: string) => problem(`${CHANNELS}route: ${route}`);
  assert.match(of('{ channels: [ops], muteTimeIntervals: [it] }'), /is not allowed on the first route/);
  assert.match(
    of('{ channels: [ops], routes: [{ match: [a=b], activeTimeIntervals: [it] }] }'),
    /activeTimeIntervals\[0\]: must be names of `timeIntervals`, of which there are none/,
  );
});

/** The clock of the harness starts on a Wednesday at 22:13:20 UTC. */
const TIMED = (times: string) => `
timeIntervals:
  evening: [{ times: ["22:00-22:30"] }]
route:
  channels: [ops]
  groupWait: 0s
  groupInterval: 1m
  routes: [{ match: ['host=~".+"'], ${times} }]
`;

test('while a route is muted nobody is notified of what fires; afterwards they are, and of ends at any time', () => {
  const [a, b] = [alertOf('a'), alertOf('b')];
  const harness = new DispatcherHarness(TIMED('muteTimeIntervals: [evening]'));
  harness.observe(a);
  assert.deepEqual(harness.pass(15 * MINUTE), []);
  assert.deepEqual(harness.suppressed, ['ops a muted 0']);
  assert.deepEqual(harness.pass(3 * MINUTE), ['ops a/']);
  const early = new DispatcherHarness(
    TIMED('muteTimeIntervals: [evening]').replace('22:00-22:30', '22:15-22:30'),
  );
  early.observe(b);
  assert.deepEqual(early.pass(SECOND), ['ops b/']);
  early.pass(5 * MINUTE);
  early.observe(resolved(b), a);
  assert.deepEqual(early.pass(2 * MINUTE), ['ops /b']);
});

test('with active intervals a route notifies only while one lasts', () => {
  const harness = new DispatcherHarness(TIMED('activeTimeIntervals: [evening]'));
  harness.observe(alertOf('a'));
  assert.deepEqual(harness.pass(SECOND), ['ops a/']);
  harness.pass(20 * MINUTE);
  harness.observe(alertOf('b'));
  assert.deepEqual(harness.pass(60 * MINUTE), []);
});

test('what becomes of an alert with some labels is found without the secrets of channels', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-routes-'));
  const file = join(folder, 'routes.yaml');
  writeFileSync(
    file,
    `channels:
  chat: { type: slack, url: { env: NOT_SET } }
  lead: { type: pagerduty, routingKey: { env: NOT_SET } }
timeIntervals: { night: [{ times: ["00:00-06:00"] }] }
route:
  channels: [chat]
  routes:
    - { match: ['severity="critical"'], muteTimeIntervals: [night], escalate: [{ after: 15m, channels: [lead] }], continue: true }
    - { match: ['tenant="acme"'], groupBy: [host] }
inhibit:
  - { source: ['severity="critical"'], target: ['severity="warning"'], equal: [host] }
  - { source: ['severity=~"critical|info"'], target: ['severity="info"'] }
`,
  );
  const of = (labels: Record<string, string>, time: string) => testRoutes(file, labels, Date.parse(time));
  const both = of(
    { severity: 'critical', tenant: 'acme', alertname: 'Hot', host: 'a' },
    '2026-11-20T03:00:00Z',
  );
  assert.deepEqual(
    both.routes.map(({ route, group, channels, muted }) => [
      ...[route, group, channels.map(({ name, type, after }) => `${name} ${type} ${after}`), muted],
    ]),
    [
      [
        '{}/{severity="critical"}',
        '{}/{severity="critical"}:{alertname="Hot", tenant="acme"}',
        ['chat slack null', 'lead pagerduty 15m'],
        true,
      ],
      ['{}/{tenant="acme"}', '{}/{tenant="acme"}:{host="a"}', ['chat slack null'], false],
    ],
  );
  assert.equal(of({ severity: 'critical' }, '2026-11-20T07:00:00Z').routes[0]?.muted, false);
  const warning = of({ severity: 'warning' }, '2026-11-20T07:00:00Z');
  assert.deepEqual(
    warning.routes.map(({ route }) => route),
    ['{}'],
  );
  assert.deepEqual(warning.inhibitedBy, [{ source: ['severity="critical"'], equal: ['tenant', 'host'] }]);
  assert.deepEqual(of({ severity: 'info' }, '2026-11-20T07:00:00Z').inhibitedBy, [
    { source: ['severity=~"critical|info"'], equal: ['tenant'], unless: ['severity="info"'] },
  ]);
  rmSync(folder, { recursive: true });
});
