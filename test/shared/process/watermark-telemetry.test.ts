import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { Health } from '../../../shared/process/health.js';
import type { Logger } from '../../../shared/process/logger.js';
import { serveStatus, statusUrl } from '../../../shared/process/status-server.js';
import { WatermarkTelemetry, watermarkMetrics } from '../../../shared/process/watermark-telemetry.js';
import { SourceTimes } from '../../../shared/windows/source-times.js';

const TOPIC = 'metrics';

function setUp() {
  const register = new Registry();
  const health = new Health();
  const logged: string[] = [];
  const log = {
    warn: ({ source }: { source: string }) => logged.push(`warn ${source}`),
    info: ({ source }: { source: string }) => logged.push(`info ${source}`),
  } as unknown as Logger;
  const telemetry = new WatermarkTelemetry(watermarkMetrics(register), {
    log,
    health,
    standsAfterMs: 10_000,
  });
  const observer = telemetry.observer(TOPIC, 3);
  const sources = new SourceTimes({ idleTimeoutMs: 5_000, holdMs: 20_000, observer });
  const note = (known: Readonly<Record<number, number>>, at: number) => {
    const times = Object.entries(known).map(([partition, time]) => ({
      partition: Number(partition),
      time,
      atEnd: true,
    }));
    sources.takeNotes([{ stage: 'ingest', topic: 'ingest.metrics', partitions: 2, times }], at);
    telemetry.report(TOPIC, 3, sources, at);
  };
  const holders = async () =>
    (await register.getSingleMetric('tactus_watermark_holder_seconds')?.get())?.values ?? [];
  return { register, health, logged, telemetry, sources, note, holders };
}

describe('telemetry of watermarks', () => {
  it('names the present holder alone, and on /readyz when it has stood for a while', async () => {
    const { health, telemetry, note, holders } = setUp();
    note({ 0: 1_000, 1: 2_000 }, 2_000);
    note({ 0: 3_000 }, 4_000);
    const labels = {
      ...{ topic: 'metrics', partition: '3', source_stage: 'ingest' },
      ...{ source_topic: 'ingest.metrics', source_partition: '1' },
    };
    assert.deepEqual(await holders(), [{ value: 2, labels }]);
    assert.deepEqual(health.notes, []);
    note({ 0: 12_000 }, 12_000);
    const text =
      'watermark of metrics[3]: waits for ingest.metrics[1] of ingest, whose time has not moved for 10 s';
    assert.deepEqual(health.notes, [text]);
    assert.ok(health.ready);
    const { port, close } = await serveStatus({ host: '127.0.0.1', port: 0 }, new Registry(), health);
    const answer = await fetch(`${statusUrl({ host: '127.0.0.1', port })}/readyz`);
    assert.deepEqual(
      [answer.status, await answer.json()],
      [200, { status: 'ok', reasons: [], notes: [text] }],
    );
    await close();
    note({ 1: 12_000 }, 13_100);
    assert.deepEqual(health.notes, []);
    telemetry.released(TOPIC, 3);
    assert.deepEqual(await holders(), []);
  });

  it('logs and counts once who is passed over, and who has caught up', async () => {
    const { register, logged, note, sources } = setUp();
    note({ 0: 0, 1: 0 }, 0);
    for (let at = 1_000; at <= 40_000; at += 1_000) note({ 0: at }, at);
    assert.deepEqual(logged, ['warn ingest.metrics[1] of ingest']);
    note({ 1: sources.time }, 41_000);
    assert.deepEqual(logged, ['warn ingest.metrics[1] of ingest', 'info ingest.metrics[1] of ingest']);
    for (const name of ['passed_over', 'caught_up']) {
      const metric = await register.getSingleMetric(`tactus_watermark_sources_${name}_total`)?.get();
      const counted = metric?.values.filter(({ value }) => value > 0);
      assert.deepEqual(counted, [{ value: 1, labels: { topic: 'metrics', reason: 'hold' } }]);
      assert.equal(metric?.values.length, 3, 'the other reasons are there as 0');
    }
  });
});
