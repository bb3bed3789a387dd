import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { rulesFile } from '../../monitoring/prometheus/rules-file.js';
import { WORKERS } from '../../services/cli/program/workers.js';
import { type EmbeddedServer, type EmbeddedStack, startStack } from '../../services/up/embedded/stack.js';
import type { Pool } from '../../shared/adapters/postgres/pool.js';
import { formatTraceparent, type TraceContext } from '../../shared/core/trace-context.js';
import { poolTo } from '../shared/adapters/postgres/database.js';
import { KEYS_SECRET, tactus, writerKey } from '../support/gateway-keys.js';
import { ownPrefix } from '../support/own-prefix.js';
import { EVENT_SCHEMA, PlainClient, type PlainPoint } from '../support/plain-client.js';
import { pointOf } from '../support/point.js';
import { type FiringAlert, Prometheus } from '../support/prometheus.js';
import { contextOf } from '../support/recorded-tracing.js';
import { sharedServers } from '../support/servers.js';
import { makeKey } from '../support/set-up.js';
import { SpanReceiver } from '../support/span-receiver.js';
import { until } from '../support/until.js';
import { WorkerProcess } from '../support/worker-process.js';

export const TENANT = 'acme';
/** Of requests and records that their senders trace. */
export const SENDER = contextOf(0xabc, 0xdef);
const WINDOWS = 'windows:\n  - { name: 1s, size: 1s, grace: 500ms }\n';
const DETECTION = 'detection:\n  - { metrics: "*", tenants: "*", window: 1s }\n';
const TENANTS = `tenants:
  - { id: noisy, quotas: { eventsPerSecond: 0.5, burst: 2 } }
  - { id: narrow, maxSeries: 1 }
`;
const RULES = `rules:
  - { name: Slow, window: 1s, metric: latency, expr: mean > 300.0, severity: critical }
  - { name: Long, window: 1s, metric: queue, expr: mean > 300.0, severity: critical }
`;
const MAPPINGS = 'mappings:\n  - { name: visits, type: visit, metric: visits, value: 1, kind: delta }\n';
/** Alerts that there is room for. */
export const MAX_ALERTS = 5;

/** What the API's clients wait, which is over a second where {@link LivePipeline} gives queries one. */
const REQUEST_SECONDS = '[5m]))) > 2.5';

/** What takes minutes in production takes seconds here: thresholds of time and of records that are behind, and ranges of rates. */
const QUICKER: readonly (readonly [string, string])[] = [
  ['(tactus_partition_turn_timestamp_seconds) > 60', '(tactus_partition_turn_timestamp_seconds) > 5'],
  ['(tactus_watermark_holder_seconds) > 60', '(tactus_watermark_holder_seconds) > 3'],
  ['(tactus_batch_lag_seconds{bucket="windows"}) > 900', '(tactus_batch_lag_seconds{bucket="windows"}) > 5'],
  ['(tactus_consumer_lag_records)) > 10000', '(tactus_consumer_lag_records)) > 500'],
  ['[10m:30s]', '[10s:1s]'],
  [REQUEST_SECONDS, REQUEST_SECONDS.replace('[5m]))) > 2.5', '[10s]))) > 1')],
  ['collector_errors_total[5m]', 'collector_errors_total[10s]'],
  ['collector_execution_duration_seconds_count[5m]', 'collector_execution_duration_seconds_count[10s]'],
];

function quickRules(): string {
  return QUICKER.reduce(
    (rules, [slow, quick]) => {
      assert.ok(rules.includes(slow), slow);
      return rules.replaceAll(slow, quick);
    },
    rulesFile().replaceAll(/for: \d+m/g, 'for: 1s'),
  );
}

/** Hangs as `df` does where a mount does not answer, for as long as the file is there. */
const dfThatHangs = (file: string) => `#!/bin/sh
while [ -e ${file} ]; do sleep 0.1; done
PATH=/usr/local/bin:/usr/bin:/bin exec df "$@"
`;

/** All workers, with servers that may be broken, a target of notifications and Prometheus with our rules. */
export class LivePipeline {
  readonly workers = new Map<string, WorkerProcess>();
  /** Names of alerts that have fired. */
  readonly fired = new Set<string>();
  /** What the target of notifications and records answers. */
  answer = 200;
  readonly client: PlainClient;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tactus-live-'));
  readonly #servers = sharedServers();
  readonly #hook = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(this.answer).end());
  });
  #own: EmbeddedStack | undefined;
  #spans: SpanReceiver | undefined;
  #pool: Pool | undefined;
  #prometheus: Prometheus | undefined;
  readonly #targets: object[] = [];
  #ids = 0;

  constructor() {
    this.client = new PlainClient(this.#servers, ownPrefix('live'));
  }

  /** All but the collector, whose points would be ahead of those that come first. */
  async start(): Promise<void> {
    const dataDir = join(this.#folder, 'servers');
    this.#own = await startStack({ dataDir, only: ['database', 'redis'] });
    this.#pool = poolTo(this.#own.env.DATABASE_URL);
    await new Promise<void>((resolve) => this.#hook.listen(0, '127.0.0.1', resolve));
    this.#spans = await SpanReceiver.start();
    this.file('df', dfThatHangs(this.#hangs));
    chmodSync(join(this.#folder, 'df'), 0o755);
    for (const { name } of WORKERS.filter((one) => one.name !== 'collector')) this.#startWorker(name);
    await Promise.all([...this.workers.values()].map((worker) => worker.ready()));
    for (const worker of this.workers.values()) await this.#scrape(worker);
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [
        { job_name: 'tactus', file_sd_configs: [{ files: [this.#targetsFile], refresh_interval: '1s' }] },
      ],
    };
    // YAML takes JSON.
    this.#prometheus = await Prometheus.scraping(JSON.stringify(config), { 'rules.yml': quickRules() });
    await this.#allScraped();
  }

  async startCollector(): Promise<void> {
    const worker = this.#startWorker('collector');
    await worker.ready();
    await this.#scrape(worker);
    await this.#allScraped();
  }

  get database(): EmbeddedServer {
    return (this.#own as EmbeddedStack).servers.database;
  }

  get redis(): EmbeddedServer {
    return (this.#own as EmbeddedStack).servers.redis;
  }

  get spans(): SpanReceiver {
    return this.#spans as SpanReceiver;
  }

  get pool(): Pool {
    return this.#pool as Pool;
  }

  get prometheus(): Prometheus {
    return this.#prometheus as Prometheus;
  }

  worker(name: string): WorkerProcess {
    return this.workers.get(name) as WorkerProcess;
  }

  /** Whether `df` hangs, as where a mount does not answer. */
  hangMounts(hang: boolean): void {
    if (hang) writeFileSync(this.#hangs, '');
    else rmSync(this.#hangs, { force: true });
  }

  async post(path: string, key: string, body: string): Promise<number> {
    const { httpPort } = this.worker('gateway');
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      traceparent: formatTraceparent(SENDER),
    };
    return (await fetch(`http://127.0.0.1:${httpPort}/api/v1/${path}`, { method: 'POST', headers, body }))
      .status;
  }

  /** Asks the API. */
  async ask(path: string, key: string): Promise<number> {
    const { httpPort } = this.worker('api');
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(`http://127.0.0.1:${httpPort}/api/v1/${path}`, { headers })).status;
  }

  /** What is missing of the topics is made. */
  async makeTopics(): Promise<void> {
    await tactus(['topics', 'apply'], this.#env());
  }

  /** Deletes a topic, as somebody might by mistake. */
  async deleteTopic(name: string): Promise<void> {
    await this.#withAdmin((admin) => admin.deleteTopics({ topics: [this.client.prefix + name] }));
  }

  /** Deletes all that a topic has. */
  async deleteRecords(name: string): Promise<void> {
    const topic = this.client.prefix + name;
    await this.#withAdmin(async (admin) => {
      const ends = await admin.fetchTopicOffsets(topic);
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
      await admin.deleteTopicRecords({ topic, partitions });
    });
  }

  async produceEvents(tenantId: string, count: number): Promise<void> {
    const encode = await this.client.encoder('ingest.events', EVENT_SCHEMA);
    const event = { tenantId, type: 'visit', timestamp: Date.now(), subjectId: null, attributes: {} };
    const values = Array.from({ length: count }, () => encode({ ...event, id: `live-${this.#ids++}` }));
    await this.client.produce(
      'ingest.events',
      values.map((value) => ({ key: null, value })),
    );
  }

  async keyOf(tenant: string): Promise<string> {
    return await writerKey(this.#env(), tenant);
  }

  async readerKeyOf(tenant: string): Promise<string> {
    return await makeKey(this.#env(), tenant, ['read']);
  }

  /** Valid points, each with an id of its own. @param context of the trace that they are of */
  async produce(
    points: readonly (Partial<PlainPoint> & { readonly timestamp: number })[],
    context?: TraceContext,
  ): Promise<void> {
    const headers =
      context === undefined ? {} : { headers: { traceparent: Buffer.from(formatTraceparent(context)) } };
    const encode = await this.client.encoder('ingest.metrics');
    await this.client.produce(
      'ingest.metrics',
      points.map((one) => {
        const point = { tenantId: TENANT, metric: 'latency', tags: { host: 'a' }, value: 100, ...one };
        const id = one.id ?? `live-${this.#ids++}`;
        return {
          key: `${point.tenantId}|${point.metric}`,
          value: encode(pointOf({ ...point, id })),
          ...headers,
        };
      }),
    );
  }

  async firing(name: string): Promise<readonly FiringAlert[]> {
    return (await this.prometheus.firing()).filter(({ labels }) => labels.alertname === name);
  }

  /** Waits until an alert fires. @param where labels that one of those has that fire */
  async fires(name: string, where: Readonly<Record<string, string>> = {}): Promise<FiringAlert> {
    const found = await until(
      `${name} to fire`,
      async () =>
        (await this.firing(name)).find(({ labels }) =>
          Object.entries(where).every(([label, value]) => labels[label] === value),
        ) ?? null,
      60_000,
    );
    const { summary = '' } = found.annotations;
    assert.doesNotMatch(summary, /^$|<|%!|\{\{/, `${name}: ${summary}`);
    this.fired.add(name);
    return found;
  }

  async ceases(name: string): Promise<void> {
    await until(`${name} to be over`, async () => (await this.firing(name)).length === 0);
  }

  async stop(): Promise<void> {
    this.worker('alerting')?.kill('SIGCONT');
    this.hangMounts(false);
    await this.#prometheus?.stop();
    await Promise.all([...this.workers.values()].map((worker) => worker.stop()));
    await this.#spans?.stop();
    await this.#pool?.end();
    await this.#own?.stop();
    this.#hook.close();
    rmSync(this.#folder, { recursive: true });
  }

  file(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }

  get #hangs(): string {
    return join(this.#folder, 'hangs');
  }

  get #targetsFile(): string {
    return join(this.#folder, 'targets.json');
  }

  async #withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
    const admin = this.client.kafka.admin();
    await admin.connect();
    await work(admin);
    await admin.disconnect();
  }

  #startWorker(name: string): WorkerProcess {
    const worker = new WorkerProcess(name, this.#env());
    this.workers.set(name, worker);
    return worker;
  }

  async #scrape(worker: WorkerProcess): Promise<void> {
    this.#targets.push({ targets: [(await worker.address()).replace('http://', '')] });
    this.file('targets.json', JSON.stringify(this.#targets));
  }

  /** What is counted before the first scrape has no rate. */
  async #allScraped(): Promise<void> {
    await until('all to be scraped', async () => {
      const [up] = await this.prometheus.samples('sum(up)');
      return up?.value === this.#targets.length;
    });
  }

  #env(): Record<string, string> {
    const url = `http://127.0.0.1:${(this.#hook.address() as AddressInfo).port}`;
    const { DATABASE_URL, REDIS_URL } = (this.#own as EmbeddedStack).env;
    return {
      ...this.#servers,
      ...{ DATABASE_URL, REDIS_URL },
      PATH: `${this.#folder}:${process.env.PATH}`,
      TOPIC_PREFIX: this.client.prefix,
      TACTUS_PARTITIONS: '1',
      ...KEYS_SECRET,
      WINDOWS_FILE: this.file('windows.yaml', WINDOWS),
      RULES_FILE: this.file('rules.yaml', RULES),
      TACTUS_ANOMALY_FILE: this.file('detection.yaml', DETECTION),
      TENANTS_FILE: this.file('tenants.yaml', TENANTS),
      MAPPINGS_FILE: this.file('mappings.yaml', MAPPINGS),
      TACTUS_ALERT_WEBHOOK_URL: `${url}/alerts`,
      TACTUS_ALERT_ALLOWED_NETWORKS: '127.0.0.0/8',
      TACTUS_SINK_WEBHOOK_URL: `${url}/records`,
      TACTUS_SINK_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      TACTUS_SINK_WEBHOOK_TOPICS: 'windows',
      TACTUS_REFRESH_INTERVAL_MS: '1000',
      TACTUS_TRACING: 'otlp',
      TACTUS_TRACING_SAMPLE_RATIO: '0',
      TACTUS_TRACING_MAX_SPANS_PER_SECOND: '1000',
      OTEL_EXPORTER_OTLP_ENDPOINT: this.spans.endpoint,
      TACTUS_MAX_ALERTS: String(MAX_ALERTS),
      TACTUS_WATERMARK_HOLD_MS: '8000',
      TACTUS_GATEWAY_PRODUCE_TIMEOUT_MS: '1000',
      TACTUS_API_QUERY_TIMEOUT_MS: '1000',
      TACTUS_COLLECTOR_SLOW_INTERVAL_MS: '1000',
      TACTUS_COLLECTOR_READ_TIMEOUT_MS: '500',
      TACTUS_COLLECTOR_MAX_BUFFERED_POINTS: '100',
    };
  }
}
