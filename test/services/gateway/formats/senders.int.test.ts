import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { compressSync } from 'snappy';
import { GatewayFixture } from '../../../support/gateway-fixture.js';
import { ownPrefix } from '../../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../../support/plain-client.js';
import { sharedServers } from '../../../support/servers.js';
import { encoded } from './messages.js';

describe('the gateway', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('senders');
  const client = new PlainClient(servers, prefix);
  let gateway: GatewayFixture;

  before(async () => {
    gateway = await GatewayFixture.start({ ...servers, TOPIC_PREFIX: prefix });
  });

  after(async () => {
    await gateway.stop();
  });

  it('writes what Prometheus, OpenTelemetry and Telegraf send, and answers each in its own terms', async () => {
    const now = Date.now();
    const protobuf = { 'content-type': 'application/x-protobuf' };
    const body = encoded('WriteRequest', {
      timeseries: [
        { labels: [{ name: '__name__', value: 'a' }], samples: [{ value: 1, timestamp: now }] },
        { labels: [{ name: '__name__', value: 'a' }], samples: [{ value: 9, timestamp: 1 }] },
      ],
    });
    const otlp = encoded('ExportMetrics', {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name: 'b', gauge: { dataPoints: [{ asDouble: 2, timeUnixNano: `${now}000000` }] } },
              ],
            },
          ],
        },
      ],
    });
    const prometheus = await gateway.post('/api/v1/write', Uint8Array.from(compressSync(body) as Buffer), {
      ...protobuf,
      'content-encoding': 'snappy',
    });
    assert.equal(prometheus.status, 400);
    assert.match(await prometheus.text(), /timeseries 1: TACTUS_TIMESTAMP_OUT_OF_RANGE/);
    const openTelemetry = await gateway.post('/v1/metrics', Uint8Array.from(otlp), protobuf);
    assert.deepEqual([openTelemetry.status, await openTelemetry.text()], [200, '']);
    const telegraf = await gateway.post('/write?precision=ms', `c,host=x f=3i ${now}\n`, {
      'content-type': 'text/plain',
    });
    assert.deepEqual([telegraf.status, await telegraf.text()], [204, '']);
    assert.equal((await fetch(gateway.url('/ping'))).status, 204);
    const reader = await client.follow<PlainPoint>('ingest.metrics');
    const records = await reader.wait(3);
    await reader.close();
    assert.deepEqual(records.map(({ value }) => [value.metric, value.value, value.timestamp]).sort(), [
      ['a', 1, now],
      ['b', 2, now],
      ['c.f', 3, now],
    ]);
  });
});
