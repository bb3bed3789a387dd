import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LocalGateway } from '../../support/local-gateway.js';

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
});
