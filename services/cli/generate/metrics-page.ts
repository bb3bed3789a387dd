import { Registry } from 'prom-client';
import { codecTelemetry } from '../../../shared/adapters/avro/telemetry.js';
import { httpTelemetry } from '../../../shared/adapters/http/http-telemetry.js';
import { ReaderTelemetry } from '../../../shared/adapters/kafka/consume/telemetry.js';
import { spanCounter } from '../../../shared/adapters/otel/tracing-telemetry.js';
import { systemClock } from '../../../shared/core/clock.js';
import { costTelemetry } from '../../../shared/process/cost.js';
import { flowTelemetry } from '../../../shared/process/flow-telemetry.js';
import { buildInfo, logTelemetry, memoryLimit } from '../../../shared/process/process-metrics.js';
import { watermarkMetrics } from '../../../shared/process/watermark-telemetry.js';
import { auditTelemetry } from '../../../shared/runners/audit-trail.js';
import { keyTelemetry } from '../../../shared/runners/follow-keys.js';
import { PipelineTelemetry } from '../../../shared/runners/telemetry.js';
import { notificationTelemetry } from '../../alerting/notify/telemetry.js';
import { alertingTelemetry } from '../../alerting/telemetry.js';
import { anomalyTelemetry, sensitivityTelemetry } from '../../anomaly/telemetry.js';
import { LiveTelemetry } from '../../api/live/telemetry.js';
import { ApiTelemetry } from '../../api/telemetry.js';
import { DataQualityTelemetry } from '../../batch/reconcile/telemetry.js';
import { RollupTelemetry } from '../../batch/rollups/telemetry.js';
import { collectorTelemetry } from '../../collector/framework/telemetry.js';
import { GatewayTelemetry } from '../../gateway/telemetry.js';
import { ingestTelemetry } from '../../ingest/telemetry.js';
import { SinkTelemetry } from '../../sink/framework/telemetry.js';
import {
  counterSkippedCounter,
  emissionDelay,
  memberSkippedCounter,
  observed,
  reloadCounter,
  seriesRefusedCounter,
} from '../../windowing/telemetry.js';
import { WORKERS } from '../program/workers.js';
import { code, page, table } from './markdown.js';

/** A metric as a worker registers it. */
export interface MetricRow {
  /** The worker that alone has it; null for those that all have. */
  readonly worker: string | null;
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Metrics are registered before the stage does anything. */
const NO_STAGE = {} as Parameters<typeof observed>[0];

/** What registers the metrics of each worker that it does not share with others. */
const OWN: Readonly<Record<string, (register: Registry) => void>> = {
  gateway: (register) => new GatewayTelemetry(register),
  ingest: ingestTelemetry,
  windowing(register) {
    observed(NO_STAGE, register);
    emissionDelay(register);
    reloadCounter(register);
    counterSkippedCounter(register);
    memberSkippedCounter(register);
    seriesRefusedCounter(register);
  },
  sink: (register) => new SinkTelemetry(register),
  batch(register) {
    new RollupTelemetry(register);
    new DataQualityTelemetry(register);
  },
  anomaly(register) {
    anomalyTelemetry(register);
    sensitivityTelemetry(register);
  },
  alerting(register) {
    alertingTelemetry(register, systemClock);
    notificationTelemetry(register);
  },
  api(register) {
    new ApiTelemetry(register);
    new LiveTelemetry(register);
  },
  collector: (register) => collectorTelemetry(register, () => 0),
};

/** Registers what a worker has besides the figures of its process. */
export function registerMetrics(worker: string, register: Registry): void {
  registerShared(register);
  OWN[worker]?.(register);
}

function registerShared(register: Registry): void {
  flowTelemetry(register);
  new PipelineTelemetry(register);
  new ReaderTelemetry(register);
  codecTelemetry(register);
  watermarkMetrics(register);
  keyTelemetry(register);
  httpTelemetry(register);
  auditTelemetry(register);
  spanCounter(register);
}

/** Every metric: first those that all workers have, then those of each. */
export function metricRows(): MetricRow[] {
  const shared = rowsOf(null, (register) => {
    registerShared(register);
    buildInfo(register, '');
    memoryLimit(register);
    logTelemetry(register);
    costTelemetry(register, flowTelemetry(register), { cpuHourUsd: 0, memoryGbHourUsd: 0 });
  });
  const known = new Set(shared.map(({ name }) => name));
  const own = ({ name: worker }: { readonly name: string }) =>
    rowsOf(worker, OWN[worker] ?? (() => {})).filter(({ name }) => !known.has(name));
  return [...shared, ...WORKERS.flatMap(own)];
}

function rowsOf(worker: string | null, add: (register: Registry) => void): MetricRow[] {
  const register = new Registry();
  add(register);
  // The type leaves out the names of the labels, which every metric of prom-client has.
  const metrics = register.getMetricsAsArray() as unknown as (MetricRow & { labelNames: string[] })[];
  return metrics.map(({ name, type, help, labelNames: labels }) => ({ worker, name, type, help, labels }));
}

/** All metrics, worker by worker. */
export function metricsPage(): string {
  return page(
    'Metrics',
    `Every worker serves them at \`/metrics\` on \`METRICS_PORT\`, besides those of its process (\`process_*\`, \`nodejs_*\`). Each carries the
label \`worker\`; the labels \`topic\` and \`group\` leave \`TOPIC_PREFIX\` out. A name ends with its unit, and with \`_total\` if it is
a counter. Nothing is labelled by series, event or tenant, except the figures of data quality, for the 100 tenants with the most points, and refused series,
for the 100 tenants refused last. What each worker counts of its records, whatever it does, is received, sent, errors and dropped, with
the label \`stage\`: \`receiving\`, \`processing\` or \`sending\`. Histograms have fixed buckets: prom-client, which serves them, has no native ones.
Who asks for it (\`Accept: application/openmetrics-text\`), as Prometheus does, gets OpenMetrics: the same, and behind buckets of requests, of steps and of
notifications the last [trace](../monitoring/otel/README.md) that was counted there.

The same port answers \`/healthz\` (503: restart it, since something has failed for good, or it has records in hand, waits for no server and
processes none for \`TACTUS_STUCK_AFTER_MS\`; no answer: its event loop is blocked), \`/readyz\` (503: why it waits) and \`/startedz\` (503: it has not been up
yet). In Kubernetes \`startupProbe\` and \`livenessProbe\` ask \`/healthz\`, and \`readinessProbe\` asks \`/readyz\`: a worker whose servers are away when it starts
waits for them, and a \`startupProbe\` on \`/startedz\` would kill it for that.`,
    [
      `## All workers\n\nThose of reading and committing stay empty in workers that read no topic; those of keys, of audit and of HTTP requests are in gateway and API.\n\n${metricTable(null)}`,
      ...WORKERS.map(({ name }) => `## ${name}\n\n${metricTable(name)}`),
    ],
  );
}

function metricTable(worker: string | null): string {
  return table(
    ['metric', 'type', 'labels', 'meaning'],
    metricRows()
      .filter((row) => row.worker === worker)
      .map(({ name, type, labels, help }) => [
        code(name),
        type,
        labels.length === 0 ? 'none' : labels.map(code).join(', '),
        help,
      ]),
  );
}
