import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { metricRows, registerMetrics } from '../../../../services/cli/generate/metrics-page.js';
import { WORKERS } from '../../../../services/cli/program/workers.js';
import { workerRegistry } from '../../../../shared/process/process-metrics.js';

type AnyMetric = { name: string; labelNames: readonly string[]; enableExemplars?: boolean } & Partial<
  Counter & Gauge & Histogram & Summary
>;

/**
 * What may be a label: each value of it comes from the code, the configuration or the cluster. Senders
 * choose tenants alone, of which every metric has at most a hundred.
 */
const BOUNDED: ReadonlySet<string> = new Set([
  ...['stage', 'code', 'reason', 'cause', 'outcome', 'result', 'state', 'severity', 'status', 'form', 'of'],
  ...['group', 'topic', 'partition', 'source_stage', 'source_topic', 'source_partition', 'target', 'table'],
  ...['format', 'method', 'endpoint', 'quantity', 'bucket', 'quantile', 'mapping', 'channel', 'name'],
  ...[
    'collector',
    'reading',
    'error_type',
    'source',
    'version',
    'commit',
    'node',
    'tenant',
    'transport',
    'operation',
  ],
]);

const PRICES = { cpuHourUsd: 0.04, memoryGbHourUsd: 0.005 };

/** Everything that a worker may show, with a series of each metric. */
async function scrapeOf(worker: string): Promise<string> {
  const register = workerRegistry(worker, '0123abc', PRICES);
  registerMetrics(worker, register);
  for (const metric of metricsOf(register)) {
    const value = (label: string) => (label === 'quantile' ? '0.5' : label === 'kind' ? 'minor' : 'x');
    const labels = Object.fromEntries(metric.labelNames.map((label) => [label, value(label)]));
    if (metric.enableExemplars) metric.observe?.({ labels, value: 0.1 });
    else if (metric.observe !== undefined) metric.observe(labels, 0.1);
    else if (metric.inc !== undefined) metric.inc(labels, 1);
  }
  return await register.metrics();
}

function metricsOf(register: Registry): AnyMetric[] {
  return register.getMetricsAsArray() as unknown as AnyMetric[];
}

describe('the metrics of every worker', () => {
  for (const { name } of WORKERS)
    it(`pass promtool check metrics: ${name}`, async () => {
      const text = await scrapeOf(name);
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: text,
        encoding: 'utf8',
      });
      assert.deepEqual({ status, said: `${stdout}${stderr}` }, { status: 0, said: '' });
    });

  it('have records received, sent and dropped and errors by stage, from the start', async () => {
    for (const { name } of WORKERS) {
      const text = await workerRegistry(name, '', PRICES).metrics();
      for (const series of [
        'tactus_records_received_total{stage="receiving"',
        'tactus_records_sent_total{stage="sending"',
        ...['receiving', 'processing', 'sending'].flatMap((stage) => [
          `tactus_errors_total{stage="${stage}"`,
          `tactus_records_dropped_total{stage="${stage}"`,
        ]),
      ])
        assert.ok(text.includes(`${series},worker="${name}"} 0\n`), `${name}: ${series}`);
    }
  });

  it('say which build runs', async () => {
    const text = await workerRegistry('ingest', '0123abc', PRICES).metrics();
    const node = process.versions.node;
    assert.match(text, /^tactus_build_info\{version="\d+\.\d+\.\d+",commit="0123abc",/m);
    assert.ok(text.includes(`node="${node}"`));
    assert.match(
      await workerRegistry('ingest', '', PRICES).metrics(),
      /^tactus_build_info\{[^}]*commit="unknown",/m,
    );
  });

  it('have only labels with few values', () => {
    for (const { name, labels } of metricRows())
      for (const label of labels) assert.ok(BOUNDED.has(label), `${name}{${label}}`);
  });
});
