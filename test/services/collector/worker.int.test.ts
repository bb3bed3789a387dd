import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

describe('the collector', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('collect');
  const client = new PlainClient(servers, prefix);
  const worker = new WorkerProcess('collector', {
    ...servers,
    TOPIC_PREFIX: prefix,
    TACTUS_COLLECTOR_TENANT: 'acme',
    TACTUS_COLLECTOR_HOST: 'node-7',
    TACTUS_COLLECTOR_INTERVAL_MS: '200',
  });

  after(() => worker.stop());

  it('feeds the figures of this host into ingest.metrics, each point with its own id', async () => {
    await worker.ready();
    const follower = await client.follow<PlainPoint>('ingest.metrics');
    const wanted = [
      'system.cpu.usage_percent',
      'system.memory.used_percent',
      'system.load.1m',
      'system.uptime_seconds',
      'process.resident_memory_bytes',
      'process.count',
    ];
    await until('all kinds of figures, several times', () => {
      const seen = (metric: string) => follower.values.filter((point) => point.metric === metric).length;
      return wanted.every((metric) => seen(metric) >= (metric === 'process.count' ? 1 : 3));
    });
    // At least once: what is sent again after a lost acknowledgement is the same point, byte by byte.
    const distinct = (text: (record: (typeof follower.records)[number]) => string) =>
      new Set(follower.records.map(text)).size;
    assert.equal(
      distinct(({ value }) => value.id),
      distinct(({ bytes }) => bytes.toString('base64')),
    );
    assert.equal(
      distinct(({ value }) => value.id),
      distinct(({ value }) => JSON.stringify([value.metric, value.tags, value.timestamp])),
      'one reading a beat',
    );
    for (const { key, value } of follower.records) {
      assert.equal(key, `acme|${value.metric}`);
      assert.equal(value.tags.host, 'node-7');
      assert.equal(value.source, 'collector/node-7');
      assert.ok(Number.isFinite(value.value) && typeof value.unit === 'string');
    }
    await follower.close();
  });

  it('counts what it does under the names that every collector has', async () => {
    assert.ok((await worker.metric('collector_data_points_collected_total', { reading: 'cpu' })) > 0);
    assert.ok((await worker.metric('collector_execution_duration_seconds_count', { reading: 'memory' })) > 0);
    assert.equal(await worker.metric('collector_errors_total', { reading: 'load' }), 0);
  });

  it('ends in order when asked to', async () => {
    assert.equal(await worker.stop(), 0);
  });
});
