import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { formatTraceparent } from '../../../shared/core/trace-context.js';
import { openMetrics } from '../../../shared/process/open-metrics.js';
import { LocalGateway } from '../../support/local-gateway.js';
import { contextOf } from '../../support/recorded-tracing.js';

describe('the metrics of the gateway', () => {
  let gateway: LocalGateway;
  before(async () => {
    gateway = await LocalGateway.start();
  });
  after(async () => {
    await gateway.stop();
  });

  it('say by format what is known of series', async () => {
    const figure = async (name: string, format: string) => {
      const metric = await gateway.metrics.getSingleMetric(`tactus_gateway_series_cache_${name}`)?.get();
      return metric?.values.find(({ labels }) => labels.format === format)?.value;
    };
    const lines = Array.from({ length: 10 }, (_, i) => `cpu,host=h${i} value=1`).join('\n');
    const send = async () => assert.equal((await gateway.post('/write', lines)).status, 204);
    await send();
    assert.deepEqual(
      [await figure('hits_total', 'line-protocol'), await figure('misses_total', 'line-protocol')],
      [0, 10],
    );
    await send();
    await send();
    assert.deepEqual(
      [await figure('hits_total', 'line-protocol'), await figure('misses_total', 'line-protocol')],
      [20, 10],
    );
    assert.equal(await figure('evicted_total', 'line-protocol'), 0);
    assert.ok(((await figure('bytes', 'line-protocol')) ?? 0) > 0);
    assert.equal(await figure('misses_total', 'otlp'), undefined);
  });

  it('count requests by paths that there are, whatever is asked for', async () => {
    for (let i = 0; i < 300; i += 1)
      await fetch(`http://127.0.0.1:${gateway.port}/no/such/${i}?q=${i}`, { method: i % 2 ? 'POST' : 'PUT' });
    const { values = [] } = (await gateway.metrics.getSingleMetric('requests_total')?.get()) ?? {};
    const seen = new Set(values.map(({ labels }) => `${labels.method} ${labels.endpoint} ${labels.status}`));
    assert.deepEqual([...seen].sort(), ['POST /write 204', 'POST other 404', 'PUT other 404']);
    assert.equal(values.find(({ labels }) => labels.method === 'PUT')?.value, 150);
  });

  it('count items received, dropped and sent, and errors, beside those of the gateway alone', async () => {
    const total = async (name: string, wanted: Readonly<Record<string, string>>) => {
      const { values = [] } = (await gateway.metrics.getSingleMetric(name)?.get()) ?? {};
      const isWanted = (labels: Readonly<Record<string, unknown>>) =>
        Object.entries(wanted).every(([label, value]) => labels[label] === value);
      return values.reduce((sum, { labels, value }) => sum + (isWanted(labels) ? value : 0), 0);
    };
    const before = await total('tactus_records_received_total', {});
    await gateway.post('/api/v1/metrics', '[{"metric":"a","value":1},{"metric":"","value":1}]');
    assert.equal((await total('tactus_records_received_total', {})) - before, 2);
    assert.equal(await total('tactus_records_dropped_total', { stage: 'receiving', reason: 'refused' }), 1);
    await gateway.post('/api/v1/metrics', '{');
    assert.equal(
      await total('tactus_errors_total', { stage: 'receiving', code: 'TACTUS_BODY_UNDECODABLE' }),
      1,
    );
  });

  it('lead from the time of a request to its trace, where it has one', async () => {
    const trace = contextOf(0xabc, 0xdef);
    await gateway.post('/api/v1/metrics', '[]', { traceparent: formatTraceparent(trace) });
    await gateway.post('/api/v1/metrics', '[]');
    const { text } = await openMetrics(gateway.metrics);
    const found = text.split('\n').filter((line) => line.includes('# {'));
    assert.ok(found.length > 0);
    for (const line of found)
      assert.match(
        line,
        new RegExp(`^tactus_gateway_request_seconds_bucket.*# {trace_id="${trace.traceId}"}`),
      );
  });
});
