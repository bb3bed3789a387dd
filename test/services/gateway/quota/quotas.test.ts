import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compressSync } from 'snappy';
import { TactusError } from '../../../../shared/core/errors.js';
import { NO_PROFILE, type TenantQuotas } from '../../../../shared/tenancy/profile.js';
import { LocalGateway } from '../../../support/local-gateway.js';
import { encoded } from '../formats/messages.js';

const NOW = Date.now();
const ALL = { authorization: 'Bearer key-of-all' };
const json = (count: number, of: object = { metric: 'm', value: 1 }) =>
  JSON.stringify(Array.from({ length: count }, () => of));
const lines = (count: number) => Array.from({ length: count }, (_, i) => `m v=${i}`).join('\n');

/** Bodies of so many points or events, by what they are sent as. */
const FORMATS: Readonly<
  Record<string, { path: string; type: string; burst: number; lasting: number; body: (n: number) => Buffer }>
> = {
  'remote write': {
    ...{ path: '/api/v1/write', type: 'application/x-protobuf', burst: 503, lasting: 429 },
    body: (count) => {
      const samples = Array.from({ length: count }, (_, i) => ({ value: i, timestamp: NOW + i }));
      const labels = [{ name: '__name__', value: 'm' }];
      return compressSync(encoded('WriteRequest', { timeseries: [{ labels, samples }] }));
    },
  },
  OTLP: {
    ...{ path: '/v1/metrics', type: 'application/x-protobuf', burst: 429, lasting: 429 },
    body: (count) => {
      const dataPoints = Array.from({ length: count }, () => ({ timeUnixNano: `${NOW}000000`, asDouble: 1 }));
      const metrics = [{ name: 'm', gauge: { dataPoints } }];
      return encoded('ExportMetrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    },
  },
  'line protocol 1': {
    ...{ path: '/write', type: 'text/plain', burst: 503, lasting: 503 },
    body: (count) => Buffer.from(lines(count)),
  },
  'line protocol 2': {
    ...{ path: '/api/v2/write', type: 'text/plain', burst: 429, lasting: 429 },
    body: (count) => Buffer.from(lines(count)),
  },
  JSON: {
    ...{ path: '/api/v1/metrics', type: 'application/json', burst: 429, lasting: 429 },
    body: (count) => Buffer.from(json(count)),
  },
  events: {
    ...{ path: '/api/v1/events', type: 'application/json', burst: 429, lasting: 429 },
    body: (count) => Buffer.from(json(count, { type: 'login' })),
  },
  CloudEvents: {
    ...{ path: '/api/v1/events', type: 'application/cloudevents-batch+json', burst: 429, lasting: 429 },
    body: (count) =>
      Buffer.from(
        JSON.stringify(
          Array.from({ length: count }, (_, i) => ({
            specversion: '1.0',
            id: `${i}`,
            source: 's',
            type: 't',
          })),
        ),
      ),
  },
  Segment: {
    ...{ path: '/v1/batch', type: 'application/json', burst: 429, lasting: 429 },
    body: (count) =>
      Buffer.from(
        JSON.stringify({
          batch: Array.from({ length: count }, () => ({ type: 'track', event: 'e', userId: 'u' })),
        }),
      ),
  },
};

/** A quota that does not fill up again while a test runs, in fixed windows of an hour. */
const SLOW = { algorithm: 'fixed-window', burst: 3_600 } as const;

async function gatewayWith(
  quotas: Partial<TenantQuotas>,
  env: Readonly<Record<string, string>> = {},
): Promise<LocalGateway & { set: (tenant: string, quotas: Partial<TenantQuotas>) => void }> {
  const gateway = await LocalGateway.start(env);
  const set = (tenant: string, fields: Partial<TenantQuotas>) =>
    gateway.profiles.useRecord(tenant, {
      ...NO_PROFILE,
      quotas: { ...NO_PROFILE.quotas, ...SLOW, ...fields },
    });
  set('acme', quotas);
  return Object.assign(gateway, { set });
}

/** So many in an hour. */
const inAnHour = (count: number) => count / 3_600;

async function counted(gateway: LocalGateway, name: string): Promise<Record<string, number>> {
  const metric = await gateway.metrics.getSingleMetric(name)?.get();
  return Object.fromEntries(
    (metric?.values ?? []).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  );
}

describe('a sender over its quota', () => {
  for (const [name, { path, type, burst, lasting, body }] of Object.entries(FORMATS)) {
    it(`is answered ${burst} for a burst of ${name}, and ${lasting} when that lasts or never fits`, async () => {
      for (const [lastingAfterMs, status] of [
        ['60000', burst],
        ['0', lasting],
      ] as const) {
        const quotas = { pointsPerSecond: inAnHour(10), eventsPerSecond: inAnHour(10) };
        const gateway = await gatewayWith(quotas, { TACTUS_QUOTA_LASTING_AFTER_MS: lastingAfterMs });
        const send = (count: number) => gateway.post(path, body(count), { 'content-type': type });
        assert.equal((await send(11)).status, lasting);
        assert.ok((await send(8)).status < 300);
        const written = gateway.records.length;
        assert.equal(written, 8);
        const refused = await send(8);
        assert.equal(refused.status, status);
        const wait = Number(refused.headers['retry-after']);
        assert.ok(wait >= 1);
        // The draft: Retry-After ends no earlier than what the limits show as their windows.
        for (const [, t] of String(refused.headers.ratelimit).matchAll(/;t=(\d+)/g))
          assert.ok(Number(t) <= wait, `${t} after ${wait}`);
        assert.match(
          refused.headers['ratelimit-policy'] as string,
          /^"points";q=10;qu="points";w=3600, "events"/,
        );
        assert.equal(gateway.records.length, written);
        // What fits is let in, although others were refused.
        assert.ok((await send(2)).status < 300);
        assert.equal(gateway.records.length, written + 2);
        await gateway.stop();
      }
    });
  }

  it('waits longer with each attempt, and at least until it fits', async () => {
    const gateway = await gatewayWith({ pointsPerSecond: 1, burst: 40, algorithm: 'token-bucket' });
    assert.equal((await gateway.post('/api/v1/metrics', json(40))).status, 200);
    const wait = async (count: number, attempt: string) => {
      const answer = await gateway.post('/api/v1/metrics', json(count), { 'retry-attempt': attempt });
      assert.equal(answer.status, 429);
      return Number(answer.headers['retry-after']);
    };
    const [first, fifth, long] = [await wait(5, '1'), await wait(5, '5'), await wait(39, '1')];
    assert.ok(first >= 3 && first <= 9, String(first));
    assert.ok(fifth >= 48 && fifth <= 96, String(fifth));
    // Before it is unpacked half of what the body before held is known to be needed.
    assert.ok(long >= 18, String(long));
    await gateway.stop();
  });

  it('is shown its limits and what is left of them on every answer; one without a quota nothing', async () => {
    const gateway = await gatewayWith({
      pointsPerSecond: inAnHour(100),
      bytesPerSecond: inAnHour(1e6),
      keyPointsPerSecond: inAnHour(50),
    });
    const answer = await gateway.post('/api/v1/metrics', json(10));
    assert.equal(answer.status, 200);
    assert.equal(
      answer.headers['ratelimit-policy'],
      '"points";q=100;qu="points";w=3600, "bytes";q=1000000;qu="content-bytes";w=3600, "key-points";q=50;qu="points";w=3600',
    );
    assert.match(
      answer.headers.ratelimit as string,
      /^"points";r=90;t=\d+, "bytes";r=99\d{4};t=\d+, "key-points";r=40;t=\d+$/,
    );
    const other = await gateway.post('/api/v1/metrics', json(10), { ...ALL, 'x-scope-orgid': 'free' });
    assert.deepEqual([other.status, other.headers.ratelimit], [200, undefined]);
    // A request that leaves it to its items has no tenant whose limits could be shown.
    const byItem = JSON.stringify({ metric: 'm', value: 1, tenantId: 'acme' });
    const shared = await LocalGateway.start({ TACTUS_QUOTA_POINTS_PER_SECOND: '100' });
    const answered = await shared.post('/api/v1/metrics', byItem, ALL);
    assert.deepEqual([answered.status, answered.headers.ratelimit], [200, undefined]);
    await shared.stop();
    // Nothing is counted of what InfluxDB's clients ask.
    assert.equal((await gateway.post('/query', 'q=CREATE DATABASE x')).headers.ratelimit, undefined);
    await gateway.stop();
  });

  it('has the quota of the installation where none is set for it', async () => {
    const gateway = await LocalGateway.start({
      ...{ TACTUS_QUOTA_PER_SECOND_BYTES: '1000', TACTUS_QUOTA_BURST_S: '5' },
      TACTUS_QUOTA_ALGORITHM: 'sliding-window',
    });
    const answer = await gateway.post('/api/v1/metrics', json(1));
    assert.equal(answer.headers['ratelimit-policy'], '"bytes";q=5000;qu="content-bytes";w=5');
    await gateway.stop();
  });

  it('begins anew when it is forgotten for others, which is counted', async () => {
    const gateway = await LocalGateway.start({ TACTUS_QUOTA_MAX_ACCOUNTS: '100' });
    for (let i = 0; i < 103; i++)
      await gateway.post('/api/v1/metrics', json(1), { ...ALL, 'x-scope-orgid': `t${i}` });
    // Three tenants, and the key of each.
    assert.deepEqual(await counted(gateway, 'tactus_gateway_quota_accounts_evicted_total'), { '': 6 });
    await gateway.stop();
  });

  it('leaves other tenants and other keys alone', async () => {
    const gateway = await gatewayWith({ keyPointsPerSecond: inAnHour(5) });
    gateway.set('other', { pointsPerSecond: inAnHour(10) });
    assert.equal((await gateway.post('/api/v1/metrics', json(5))).status, 200);
    const refused = await gateway.post('/api/v1/metrics', json(1));
    assert.equal(refused.status, 429);
    assert.match(refused.text, /the key may send 5 points in 3600 s, of which 0 are left/);
    assert.equal(
      (await gateway.post('/api/v1/metrics', json(5), { ...ALL, 'x-scope-orgid': 'acme' })).status,
      200,
    );
    assert.equal(
      (await gateway.post('/api/v1/metrics', json(9), { ...ALL, 'x-scope-orgid': 'other' })).status,
      200,
    );
    await gateway.stop();
  });

  it('has a request with items of several tenants refused as a whole', async () => {
    const gateway = await gatewayWith({ pointsPerSecond: inAnHour(3) });
    const item = (tenantId: string) => ({ metric: 'm', value: 1, tenantId });
    const send = (...tenants: string[]) =>
      gateway.post('/api/v1/metrics', JSON.stringify(tenants.map(item)), ALL);
    assert.equal((await send('acme', 'free', 'acme')).status, 200);
    assert.equal((await send('free', 'acme', 'acme', 'free')).status, 429);
    assert.equal((await send('acme', 'free', 'free')).status, 200);
    assert.equal(gateway.records.length, 6);
    await gateway.stop();
  });

  it('has a changed quota with the next request, and is asked to send again where its tenant wants that', async () => {
    const gateway = await gatewayWith(
      { pointsPerSecond: inAnHour(1) },
      { TACTUS_QUOTA_LASTING_AFTER_MS: '0' },
    );
    const { path, type, body } = FORMATS['remote write'] as (typeof FORMATS)[string];
    const send = async (count: number) =>
      (await gateway.post(path, body(count), { 'content-type': type })).status;
    assert.deepEqual([await send(1), await send(1)], [204, 429]);
    gateway.set('acme', { pointsPerSecond: inAnHour(1), alwaysRetry: true });
    assert.equal(await send(1), 503);
    gateway.set('acme', { pointsPerSecond: inAnHour(100) });
    assert.equal(await send(99), 204);
    gateway.profiles.useRecord('acme', null);
    assert.equal(await send(1_000), 204);
    await gateway.stop();
  });

  it('is refused before its body is unpacked once it is known what such bodies hold', async () => {
    const gateway = await gatewayWith({ pointsPerSecond: inAnHour(140) });
    const { path, type, body } = FORMATS['remote write'] as (typeof FORMATS)[string];
    const post = (packed: Buffer) => gateway.post(path, packed, { 'content-type': type });
    const packed = body(100);
    assert.equal((await post(packed)).status, 204);
    // No snappy at all: who unpacks it answers 400.
    assert.equal((await post(Buffer.alloc(packed.length, 0xff))).status, 503);
    assert.equal((await post(Buffer.alloc(10, 0xff))).status, 400);
    await gateway.stop();
  });

  it('is counted by what it exceeds, and so are its items, as those that Kafka does not acknowledge', async () => {
    const gateway = await gatewayWith({ pointsPerSecond: inAnHour(10) });
    const { produce } = gateway;
    gateway.produce = async (batch) => ({
      missing: new Set(batch.topics.keys()),
      refused: new Map(),
      error: new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'away'),
    });
    const one = JSON.stringify({ metric: '', value: 1 });
    assert.equal((await gateway.post('/api/v1/metrics', json(20))).status, 429);
    assert.equal((await gateway.post('/api/v1/metrics', `[${one},${json(3).slice(1)}`)).status, 503);
    gateway.produce = produce;
    assert.equal((await gateway.post('/api/v1/metrics', json(7))).status, 200);
    assert.equal((await gateway.post('/api/v1/metrics', json(1))).status, 429);
    const items = await counted(gateway, 'tactus_gateway_items_total');
    assert.deepEqual(items, {
      'json unacknowledged': 3,
      'json refused': 1,
      'json accepted': 7,
      'json over_quota': 20,
    });
    assert.deepEqual(await counted(gateway, 'tactus_gateway_over_quota_total'), {
      'points tenant burst': 1,
      'points tenant never': 1,
    });
    assert.deepEqual(await counted(gateway, 'tactus_gateway_tenant_over_quota_total'), { acme: 2 });
    await gateway.stop();
  });
});
