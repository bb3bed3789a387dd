import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert, Anomaly, WindowAggregate } from '../../../../schemas/types.js';
import { ownRuleId } from '../../../../shared/alerting/rules/rule-config.js';
import { HubFixture, wantedOf } from './hub-fixture.js';

const at = (metric: string, value: number, tags: Record<string, string> = {}, tenantId = 't') => ({
  ...{ tenantId, metric, tags },
  value,
});

const alertOf = (change: Partial<Alert> = {}): Alert => ({
  ...{ fingerprint: 'f', rule: 'r', tenantId: 't', state: 'firing', severity: 'warning' },
  ...{ labels: { metric: 'cpu' }, annotations: {}, value: 1, startsAt: 0, endsAt: null, updatedAt: 0 },
  ...change,
});

const anomalyOf = (change: Partial<Anomaly> = {}): Anomaly => ({
  ...{ id: 'a', tenantId: 't', metric: 'cpu', tags: {}, detector: 'd', window: '10s', start: 0, end: 10_000 },
  ...{
    value: 1,
    expected: 0,
    lower: 0,
    upper: 0,
    score: 1,
    severity: 'warning',
    explanation: '',
    detectedAt: 0,
  },
  ...change,
});

const windowOf = (change: Partial<WindowAggregate> = {}): WindowAggregate => ({
  ...{
    tenantId: 't',
    metric: 'cpu',
    tags: {},
    window: '10s',
    start: 0,
    end: 10_000,
    count: 1,
    sum: 1,
    min: 1,
  },
  ...{ max: 1, mean: 1, stddev: 0, first: 1, last: 1, quantiles: null, watermark: 0, emittedAt: 0 },
  ...{ increase: null, rate: null, distinct: null, sketch: null, recordedBy: null },
  ...change,
});

test('a new subscription is sent what is known first, then what changes', () => {
  const fixture = new HubFixture();
  fixture.points(at('cpu', 1), at('cpu', 2), at('disk', 9));
  const client = fixture.client();
  assert.deepEqual(fixture.hub.subscribe(client.client, 'a', wantedOf({ metrics: ['cpu'] })), {
    series: 1,
    limited: false,
  });
  fixture.pass(10);
  assert.deepEqual(client.values, [2]);
  fixture.points(at('cpu', 3));
  fixture.pass(100);
  assert.deepEqual(client.values, [2, 3]);
  const [{ tenantId, metric, tags, offset } = assert.fail()] = client.updates;
  assert.deepEqual({ tenantId, metric, tags, offset }, { tenantId: 't', metric: 'cpu', tags: {}, offset: 1 });
});

test('between two turns the newest of a series takes the place of the others, which are counted', () => {
  const fixture = new HubFixture();
  const client = fixture.client();
  fixture.hub.subscribe(client.client, 'a', wantedOf());
  fixture.points(at('cpu', 1));
  fixture.pass(10);
  for (const value of [2, 3, 4]) {
    fixture.points(at('cpu', value), at('disk', value));
    fixture.pass(10);
  }
  assert.deepEqual(client.values, [1], 'its turn has not come again');
  fixture.pass(100);
  assert.deepEqual(client.values, [1, 4, 4]);
  assert.equal(fixture.hub.counts.coalesced, 4);
  assert.equal(fixture.hub.counts.sent, 3);
});

test('globs, tags and kinds say what comes', () => {
  const fixture = new HubFixture();
  const client = fixture.client();
  fixture.hub.subscribe(client.client, 'a', wantedOf({ metrics: ['cpu.*', 'disk'], tags: { host: 'a' } }));
  fixture.points(
    at('cpu.user', 1, { host: 'a', core: '1' }),
    at('cpu.user', 2, { host: 'b' }),
    at('cpu.user', 3),
  );
  fixture.points(at('disk', 4, { host: 'a' }), at('disks', 5, { host: 'a' }), at('cpu', 6, { host: 'a' }));
  fixture.hub.anomaly(anomalyOf({ metric: 'cpu.user', tags: { host: 'a' } }));
  fixture.pass(10);
  assert.deepEqual(client.values, [1, 4]);
  assert.deepEqual(
    client.messages.map(({ type }) => type),
    ['metric_update'],
  );
});

test('another tenant is another world', () => {
  const fixture = new HubFixture();
  const client = fixture.client();
  fixture.hub.subscribe(
    client.client,
    'a',
    wantedOf({ kinds: ['metrics', 'windows', 'anomalies', 'alerts'] }),
  );
  fixture.points(at('cpu', 1, {}, 'other'));
  fixture.hub.window(windowOf({ tenantId: 'other' }));
  fixture.hub.anomaly(anomalyOf({ tenantId: 'other' }));
  fixture.hub.alert(alertOf({ tenantId: 'other' }));
  fixture.pass(200);
  assert.deepEqual(client.messages, []);
});

test('windows are kept by definition, once somebody wants them', () => {
  const fixture = new HubFixture();
  assert.equal(fixture.hub.isWanted('windows'), false);
  const client = fixture.client();
  fixture.hub.subscribe(client.client, 'a', wantedOf({ metrics: ['cpu'], kinds: ['windows'] }));
  assert.equal(fixture.hub.isWanted('windows'), true);
  assert.equal(fixture.hub.wantsWindows('t', 'cpu'), true);
  assert.equal(fixture.hub.wantsWindows('t', 'disk'), false);
  assert.equal(fixture.hub.wantsWindows('other', 'cpu'), false);
  fixture.hub.window(windowOf({ sum: 1 }));
  fixture.hub.window(windowOf({ sum: 2, start: 10_000 }));
  fixture.hub.window(windowOf({ sum: 3, window: '1m' }));
  fixture.points(at('cpu', 7));
  fixture.pass(10);
  const sums = client.messages.map(({ type, updates }) => [
    type,
    (updates as WindowAggregate[]).map(({ sum }) => sum),
  ]);
  assert.deepEqual(sums, [['window_update', [2, 3]]]);
  const later = fixture.client();
  fixture.hub.subscribe(later.client, 'a', wantedOf({ metrics: ['cpu'], kinds: ['windows'] }));
  fixture.pass(10);
  const [update = assert.fail()] = later.messages;
  assert.equal((update.updates as unknown[]).length, 2);
});

test('an alert of a rule that its tenant has made names the rule as the tenant does', () => {
  const fixture = new HubFixture();
  const client = fixture.client();
  fixture.hub.subscribe(client.client, 'a', wantedOf({ kinds: ['alerts'] }));
  fixture.hub.alert(alertOf({ rule: ownRuleId('t', 'Hot') }));
  fixture.hub.alert(alertOf({ fingerprint: 'g', rule: ownRuleId('other', 'Hot') }));
  fixture.pass(10);
  assert.deepEqual(
    client.messages.map(({ alert }) => (alert as Alert).rule),
    ['Hot', ownRuleId('other', 'Hot')],
  );
});

test('alerts come as they stand, and those that are resolved once', () => {
  const fixture = new HubFixture();
  fixture.hub.alert(alertOf());
  fixture.hub.alert(alertOf({ fingerprint: 'g', labels: { metric: 'disk' } }));
  fixture.hub.alert(alertOf({ fingerprint: 'h', labels: { metric: 'cpu', exported_host: 'b' } }));
  fixture.hub.alert(alertOf({ fingerprint: 'joint', labels: {} }));
  const client = fixture.client();
  fixture.hub.subscribe(
    client.client,
    'a',
    wantedOf({ metrics: ['cpu'], tags: { host: 'a' }, kinds: ['alerts'] }),
  );
  fixture.pass(10);
  const got = () =>
    client.messages.map(({ alert }) => [(alert as Alert).fingerprint, (alert as Alert).state]);
  assert.deepEqual(got(), [
    ['f', 'firing'],
    ['joint', 'firing'],
  ]);
  fixture.hub.alert(alertOf({ state: 'resolved' }));
  fixture.pass(100);
  assert.deepEqual(got()[2], ['f', 'resolved']);
  const later = fixture.client();
  fixture.hub.subscribe(later.client, 'a', wantedOf({ metrics: ['cpu'], kinds: ['alerts'] }));
  fixture.pass(100);
  assert.equal(later.messages.length, 2, 'h and joint');
});

test('a client is sent the newest anomalies, and how many it has missed', () => {
  const fixture = new HubFixture({ maxEvents: 2 });
  const client = fixture.client();
  fixture.hub.subscribe(client.client, 'a', wantedOf({ kinds: ['anomalies'] }));
  for (const id of ['1', '2', '3']) fixture.hub.anomaly(anomalyOf({ id }));
  fixture.pass(10);
  assert.deepEqual(
    client.messages.map(({ type, anomaly, anomalies }) => [type, anomalies ?? (anomaly as Anomaly).id]),
    [
      ['lost', 1],
      ['anomaly', '2'],
      ['anomaly', '3'],
    ],
  );
  assert.equal(fixture.hub.counts.dropped, 1);
});

test('a client that reads slowly is sent nothing, then the newest, and another one is not held up', () => {
  const fixture = new HubFixture();
  const [slow, other] = [fixture.client(), fixture.client()];
  for (const { client } of [slow, other]) fixture.hub.subscribe(client, 'a', wantedOf());
  slow.buffered = 10_001;
  for (let value = 0; value < 4; value++) {
    fixture.points(at('cpu', value));
    fixture.pass(100);
  }
  assert.deepEqual(slow.values, []);
  assert.deepEqual(other.values, [0, 1, 2, 3]);
  slow.buffered = 0;
  fixture.pass(100);
  assert.deepEqual(slow.values, [3]);
  assert.equal(slow.tooSlow, false);
});

test('a client that stays slow is closed, and forgotten', () => {
  const fixture = new HubFixture();
  const client = fixture.client();
  fixture.hub.subscribe(client.client, 'a', wantedOf());
  client.buffered = 10_001;
  fixture.points(at('cpu', 1));
  fixture.pass(500);
  assert.equal(client.tooSlow, false);
  fixture.pass(120);
  assert.equal(client.tooSlow, true);
  assert.equal(fixture.hub.clients.size, 0);
  assert.equal(fixture.hub.subscriptions, 0);
  assert.equal(fixture.hub.counts.slow, 1);
  client.buffered = 0;
  fixture.points(at('cpu', 2));
  fixture.pass(200);
  assert.deepEqual(client.messages, []);
});

test('a subscription that ends takes along what only it wanted', () => {
  const fixture = new HubFixture();
  const client = fixture.client();
  fixture.hub.subscribe(client.client, 'a', wantedOf({ metrics: ['cpu', 'disk'] }));
  fixture.hub.subscribe(client.client, 'b', wantedOf({ metrics: ['cpu'] }));
  fixture.points(at('cpu', 1), at('disk', 2));
  assert.equal(fixture.hub.unsubscribe(client.client, 'a'), true);
  assert.equal(fixture.hub.unsubscribe(client.client, 'a'), false);
  fixture.pass(10);
  assert.deepEqual(client.values, [1], 'what waited for the client and is not wanted any more is not sent');
  fixture.points(at('cpu', 3), at('disk', 4));
  fixture.pass(100);
  assert.deepEqual(client.values, [1, 3]);
});

test('a client watches as many series as it may, and is sent that there are more', () => {
  const fixture = new HubFixture({ maxClientSeries: 2 });
  const client = fixture.client();
  fixture.hub.subscribe(client.client, 'a', wantedOf());
  fixture.points(at('a', 1), at('b', 2), at('c', 3), at('d', 4));
  fixture.pass(10);
  assert.deepEqual(client.values, [1, 2]);
  assert.deepEqual(client.messages[0], { type: 'limited', id: 'a', maxSeries: 2 });
  assert.equal(fixture.hub.counts.limited, 1);
});

test('all clients together watch as many series as they may, those of a tenant half; who leaves gives back what it had', () => {
  const fixture = new HubFixture({ maxWatched: 6 });
  const { hub } = fixture;
  fixture.points(at('a', 1), at('b', 2));
  const [first, second] = [fixture.client(), fixture.client()];
  assert.deepEqual(hub.subscribe(first.client, 'a', wantedOf()), { series: 2, limited: false });
  assert.deepEqual(hub.subscribe(second.client, 'a', wantedOf()), { series: 1, limited: true });
  fixture.pass(10);
  assert.deepEqual(second.messages[0], { type: 'limited', id: 'a', maxSeries: 1 });
  hub.subscribe(first.client, 'again', wantedOf({ metrics: ['a'] }));
  hub.unsubscribe(first.client, 'a');
  assert.deepEqual(hub.subscribe(second.client, 'a', wantedOf()), { series: 2, limited: false });
  for (const { client } of [first, second]) hub.close(client);
  const third = fixture.client();
  assert.deepEqual(hub.subscribe(third.client, 'a', wantedOf()), { series: 2, limited: false });
  fixture.points(at('c', 3), at('d', 4));
  assert.equal(third.client.series.size, 3);
});

test('subscriptions match so many metrics, those of a tenant half; beyond it neither more of them nor new metrics have room', () => {
  const fixture = new HubFixture({ maxMatched: 8 });
  const { hub } = fixture;
  const kinds = { kinds: ['alerts' as const] };
  fixture.points(at('a', 1), at('b', 2));
  const client = fixture.client();
  for (const id of ['x', 'y', 'y']) hub.subscribe(client.client, id, wantedOf(kinds));
  const full = { code: 'TACTUS_API_OVERLOADED' };
  assert.throws(() => hub.subscribe(client.client, 'z', wantedOf({ ...kinds, metrics: ['a'] })), full);
  hub.subscribe(client.client, 'z', wantedOf({ ...kinds, metrics: ['other'] }));
  fixture.points(at('c', 3));
  assert.equal(hub.table.size, 2);
  fixture.points(at('c', 3, {}, 'u'));
  assert.equal(hub.table.size, 3, 'of another tenant');
  hub.unsubscribe(client.client, 'x');
  fixture.points(at('c', 3), at('d', 4), at('e', 5));
  assert.equal(hub.table.size, 5, 'one match each, of which there are four');
  hub.close(client.client);
  fixture.points(at('e', 5));
  assert.equal(hub.table.size, 6);
});

test('a subscription that there is no room for leaves the one that it would replace as it was', () => {
  const fixture = new HubFixture({ maxMatched: 4 });
  const { hub } = fixture;
  fixture.points(at('a', 1), at('b', 2), at('c', 3));
  const client = fixture.client();
  hub.subscribe(client.client, 'x', wantedOf({ metrics: ['a'], kinds: ['metrics', 'windows'] }));
  const full = { code: 'TACTUS_API_OVERLOADED' };
  assert.throws(() => hub.subscribe(client.client, 'x', wantedOf()), full);
  assert.equal(hub.subscriptions, 1);
  assert.ok(hub.wantsWindows('t', 'a'));
  fixture.points(at('a', 4), at('b', 5));
  fixture.pass(10);
  assert.deepEqual(client.values, [4]);
  hub.subscribe(client.client, 'y', wantedOf({ metrics: ['b'] }));
  assert.throws(() => hub.subscribe(client.client, 'z', wantedOf({ metrics: ['c'] })), full);
  assert.ok(hub.unsubscribe(client.client, 'x'));
  hub.subscribe(client.client, 'z', wantedOf({ metrics: ['c'] }));
});

test('a subscription that there is no room for takes of the time as one that there is room for', () => {
  const fixture = new HubFixture({ maxMatched: 4 });
  const { hub } = fixture;
  fixture.points(at('a', 1), at('b', 2), at('c', 3));
  const client = fixture.client();
  slowToMatch(fixture);
  const refused = (message: RegExp) =>
    assert.throws(() => hub.subscribe(client.client, 'a', wantedOf()), {
      code: 'TACTUS_API_OVERLOADED',
      message,
    });
  for (let i = 0; i < 3; i++) refused(/more names of metrics than there is room for/);
  refused(/allowed again in [1-5] s/);
});

/** Matching a subscription with the metrics of tenant `t` takes a second of the clock. */
function slowToMatch(fixture: HubFixture): void {
  const tenant = fixture.hub.table.tenant('t');
  assert.ok(tenant !== undefined);
  Object.assign(tenant, {
    add: (subscription: Parameters<typeof tenant.add>[0]) => {
      fixture.now += 1_000;
      return Object.getPrototypeOf(tenant).add.call(tenant, subscription);
    },
  });
}

test('what takes long to subscribe to has to wait, of one tenant alone, and one subscription has no more globs than fit the names', () => {
  const fixture = new HubFixture({ maxSeriesBytes: 1_000_000_000 });
  const { hub } = fixture;
  const tenant = hub.table.enter('t');
  for (let i = 0; i < 30_000; i++) assert.ok(tenant.metric(`m${i}`));
  const client = fixture.client();
  const globs = ['a*', 'b*', 'c*', 'd*'];
  const invalid = {
    code: 'TACTUS_REQUEST_INVALID',
    message: /4 globs would be compared with 30000 names each/,
  };
  assert.throws(() => hub.subscribe(client.client, 'a', wantedOf({ metrics: globs })), invalid);
  const wanted = wantedOf({ metrics: globs.slice(1) });
  slowToMatch(fixture);
  for (let i = 0; i < 3; i++) hub.subscribe(client.client, 'a', wanted);
  const busy = { code: 'TACTUS_API_OVERLOADED', message: /allowed again in [1-5] s/ };
  assert.throws(() => hub.subscribe(client.client, 'a', wanted), busy);
  const other = hub.open(client.client.sink, 'u');
  assert.ok(other !== null);
  hub.subscribe(other, 'a', wantedOf({ tenantId: 'u' }));
  fixture.now += 5_000;
  hub.subscribe(client.client, 'a', wanted);
});

test('there are as many clients as there may be', () => {
  const fixture = new HubFixture({ maxClients: 1 });
  const client = fixture.client();
  assert.throws(() => fixture.client(), /full/);
  fixture.hub.close(client.client);
  fixture.client();
});

test('series that nobody watches make room, and of one tenant there are at most half', () => {
  const fixture = new HubFixture({ maxSeriesBytes: 20_000 });
  const client = fixture.client();
  fixture.hub.subscribe(client.client, 'a', wantedOf({ metrics: ['watched*'] }));
  for (let i = 0; i < 100; i++) fixture.points(at(`other${i}`, i, {}, 'u'));
  const { table } = fixture.hub;
  assert.ok(table.bytes <= 10_000, `${table.bytes}`);
  assert.ok(table.refused > 0);
  const known = table.size;
  assert.ok(known > 5);
  fixture.points(at('late', 1, {}, 'u'));
  assert.equal(table.size, known, 'all were seen a moment ago');
  fixture.now += 2_000;
  // Refused once, it is looked at again when somebody has subscribed, as here; or when it was forgotten.
  fixture.hub.subscribe(client.client, 'b', wantedOf({ metrics: ['none'] }));
  fixture.points(at('late', 2, {}, 'u'));
  assert.ok(table.tenant('u')?.metrics.has('late'));
  for (let i = 0; i < 10; i++) fixture.points(at(`watched${i}`, i));
  fixture.pass(10);
  assert.equal(client.values.length, 10);
});

test('clients are sent once since when what they have may be old, also those that come then, and when it is not any more', () => {
  const fixture = new HubFixture();
  const [first, blocked] = [fixture.client(), fixture.client()];
  blocked.buffered = 20_000;
  fixture.hub.stale(null);
  fixture.hub.stale(1_000);
  fixture.hub.stale(1_500);
  const later = fixture.client();
  fixture.pass(200);
  const since = { type: 'status', staleSince: '1970-01-01T00:00:01.000Z' };
  assert.deepEqual([first.messages, blocked.messages, later.messages], [[since], [], [since]]);
  fixture.hub.stale(null);
  blocked.buffered = 0;
  fixture.pass(200);
  const again = { type: 'status', staleSince: null };
  assert.deepEqual([first.messages, blocked.messages], [[since, again], [again]]);
  const newest = fixture.client();
  fixture.pass(200);
  assert.deepEqual(newest.messages, []);
});
