import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MONITORING } from '../../monitoring/generate.js';
import { ALERT_GROUPS } from '../../monitoring/prometheus/alerts/all.js';
import { rulesFile } from '../../monitoring/prometheus/rules-file.js';
import { WORKERS } from '../../services/cli/program/workers.js';
import { formatTraceparent } from '../../shared/core/trace-context.js';
import { runTactus } from '../support/command-line.js';
import { ownPrefix } from '../support/own-prefix.js';
import { EVENT_SCHEMA, PlainClient } from '../support/plain-client.js';
import { pointOf } from '../support/point.js';
import { Prometheus } from '../support/prometheus.js';
import { selectorsOf } from '../support/promql.js';
import { contextOf } from '../support/recorded-tracing.js';
import { sharedServers } from '../support/servers.js';
import { SpanReceiver } from '../support/span-receiver.js';
import { until } from '../support/until.js';
import { WorkerProcess } from '../support/worker-process.js';

/*
 * Rules and dashboards on a real Prometheus over the metrics of a pipeline that has had windows, late points,
 * dead letters, duplicates and refusals of all kinds. Then faults, one after the other, until their alerts fire.
 */

const TENANT = 'acme';
const KEYS_SECRET = 'a secret of this test, which is long enough';
const WINDOWS = 'windows:\n  - { name: 1s, size: 1s, grace: 500ms }\n';
const DETECTION = 'detection:\n  - { metrics: "*", tenants: "*", window: 1s }\n';
const TENANTS = `tenants:
  - { id: noisy, quotas: { eventsPerSecond: 0.5, burst: 2 } }
  - { id: narrow, maxSeries: 1 }
`;
const RULES =
  'rules:\n  - { name: Slow, window: 1s, metric: latency, expr: mean > 300.0, severity: critical }\n';

/** Of requests and records that their senders trace. */
const SENDER = contextOf(0xabc, 0xdef);

/** Fire in seconds rather than minutes. */
const QUICK_RULES = rulesFile()
  .replaceAll(/for: \d+m/g, 'for: 1s')
  .replace('(tactus_partition_turn_timestamp_seconds) > 60', '(tactus_partition_turn_timestamp_seconds) > 5');

/** Expressions of the dashboards, of the rules and of the runbooks, by where they are. */
function expressions(): [where: string, expression: string][] {
  const boards = Object.entries(MONITORING).filter(([path]) => path.endsWith('.json'));
  return [
    ...boards.flatMap(([path, render]) =>
      [...render().matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, text = '']): [string, string] => [
        path,
        (JSON.parse(text) as string).replaceAll('$__rate_interval', '5m').replaceAll('"$tenant"', '~".+"'),
      ]),
    ),
    ...ALERT_GROUPS.flatMap(({ alerts }) => alerts).flatMap(({ name, expr, runbook }): [string, string][] => [
      [name, expr],
      [name, runbook.query],
    ]),
  ];
}

describe('a pipeline that is watched', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-live-'));
  const prefix = ownPrefix('live');
  const servers = sharedServers();
  const client = new PlainClient(servers, prefix);
  const workers = new Map<string, WorkerProcess>();
  let answer = 200;
  let hook: Server;
  let prometheus: Prometheus;
  let receiver: SpanReceiver;

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const env = () => {
    const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}`;
    return {
      ...servers,
      TOPIC_PREFIX: prefix,
      TACTUS_PARTITIONS: '1',
      TACTUS_KEYS_SECRET: KEYS_SECRET,
      WINDOWS_FILE: file('windows.yaml', WINDOWS),
      RULES_FILE: file('rules.yaml', RULES),
      TACTUS_ANOMALY_FILE: file('detection.yaml', DETECTION),
      TENANTS_FILE: file('tenants.yaml', TENANTS),
      TACTUS_ALERT_WEBHOOK_URL: `${url}/alerts`,
      TACTUS_ALERT_ALLOWED_NETWORKS: '127.0.0.0/8',
      TACTUS_SINK_WEBHOOK_URL: `${url}/records`,
      TACTUS_SINK_WEBHOOK_TOPICS: 'windows',
      TACTUS_REFRESH_INTERVAL_MS: '1000',
      TACTUS_TRACING: 'otlp',
      TACTUS_TRACING_SAMPLE_RATIO: '0',
      TACTUS_TRACING_MAX_SPANS_PER_SECOND: '1000',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    };
  };
  const post = async (path: string, key: string, body: string): Promise<number> => {
    const { httpPort } = workers.get('gateway') as WorkerProcess;
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      traceparent: formatTraceparent(SENDER),
    };
    return (await fetch(`http://127.0.0.1:${httpPort}/api/v1/${path}`, { method: 'POST', headers, body }))
      .status;
  };
  const keyOf = async (tenant: string): Promise<string> => {
    const args = ['keys', 'create', '--tenant', tenant, '--scopes', 'write:metrics,write:events'];
    const { code, stdout, stderr } = await runTactus(args, env());
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  const firing = async (name: string) =>
    (await prometheus.samples(`ALERTS{alertname="${name}", alertstate="firing"}`)).map(
      ({ labels }) => labels,
    );
  const fires = (name: string) =>
    until(`${name} to fire`, async () => {
      const found = await firing(name);
      return found.length > 0 ? found : null;
    });

  before(async () => {
    hook = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(answer).end());
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    receiver = await SpanReceiver.start();
    for (const { name } of WORKERS) workers.set(name, new WorkerProcess(name, env()));
    await Promise.all([...workers.values()].map((worker) => worker.ready()));
    const targets = await Promise.all(
      [...workers.values()].map(async (worker) => (await worker.address()).replace('http://', '')),
    );
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [{ job_name: 'tactus', static_configs: [{ targets }] }],
    };
    // YAML takes JSON.
    prometheus = await Prometheus.scraping(JSON.stringify(config), { 'rules.yml': QUICK_RULES });
    // What is counted before the first scrape has no rate.
    await until('all to be scraped', async () => {
      const [up] = await prometheus.samples('sum(up)');
      return up?.value === targets.length;
    });
  });
  after(async () => {
    workers.get('alerting')?.kill('SIGCONT');
    await prometheus?.stop();
    await Promise.all([...workers.values()].map((worker) => worker.stop()));
    await receiver?.stop();
    hook.close();
    rmSync(folder, { recursive: true });
  });

  /** Something of each kind. The collector is ahead in time, so that these points are late. */
  async function load(): Promise<void> {
    const encode = await client.encoder('ingest.metrics');
    const encodeEvent = await client.encoder('ingest.events', EVENT_SCHEMA);
    const base = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
    const at = (tenantId: string, metric: string, seconds: number, value: number) => {
      const timestamp = base + seconds * 1_000;
      const id = `${metric}-${timestamp}`;
      return {
        key: `${tenantId}|${metric}`,
        value: encode(pointOf({ tenantId, metric, tags: { host: 'a' }, timestamp, value, id })),
      };
    };
    const calm = Array.from({ length: 80 }, (_, i) => at(TENANT, 'latency', i, 100 + ((i * 7) % 10)));
    const narrow = Array.from({ length: 5 }, (_, i) => at('narrow', `m${i}`, 80, 1));
    const nonsense = Array.from({ length: 40 }, () => ({ key: null, value: Buffer.from('nonsense') }));
    await client.produce('ingest.metrics', [...calm, ...calm.slice(0, 5), ...narrow, ...nonsense]);
    const event = { tenantId: 'noisy', type: 'visit', timestamp: base, subjectId: null, attributes: {} };
    await client.produce(
      'ingest.events',
      Array.from({ length: 20 }, (_, i) => ({
        key: null,
        value: encodeEvent({ ...event, id: `n${i}` }),
      })),
    );
    const [key, noisy] = await Promise.all([keyOf(TENANT), keyOf('noisy')]);
    const point = JSON.stringify({ metric: 'http', value: 1 });
    await until('a point to be taken', async () => (await post('metrics', key, point)) === 200);
    // Other statuses are counted from the first answer on: what comes before the next scrape has no rate.
    await until('the first answer to be scraped', async () => {
      const found = await prometheus.samples('tactus_gateway_requests_total{status="401"}');
      return found.length > 0;
    });
    assert.equal(await post('metrics', key, 'nonsense'), 400);
    await until('a quota', async () => (await post('events', noisy, '{"type":"visit"}')) === 429);
    for (let i = 0; i < 20; i++) assert.equal(await post('metrics', 'none', point), 401);
  }

  it('gives data to every selector of every rule, runbook and dashboard', async () => {
    await load();
    const found = expressions();
    assert.ok(found.length > 80);
    const open = new Map<string, string>();
    for (const [where, expression] of found)
      for (const selector of selectorsOf(expression)) open.set(selector, where);
    assert.ok(open.size > 60);
    const empty = async () => {
      for (const selector of open.keys()) {
        const [count] = await prometheus.samples(`count(last_over_time(${selector}[10m]))`);
        if (count !== undefined) open.delete(selector);
      }
      assert.deepEqual([...open], []);
      return true;
    };
    await until('every selector to have data', empty, 60_000);
    for (const [, expression] of found) await prometheus.samples(expression);
  });

  it('fires what is wrong, and says where', async () => {
    await fires('TactusWatchdog');
    assert.deepEqual(
      (await fires('TactusDeadLetters')).map(({ worker }) => worker),
      ['ingest'],
    );
    await fires('TactusGatewayRefusals');
    assert.deepEqual(await firing('TactusWorkerMissing'), []);
    assert.deepEqual(await firing('TactusPartitionStuck'), []);
  });

  it('fires when a target fails: its channel, its breaker, and the partitions that wait for it', async () => {
    assert.match(QUICK_RULES, /turn_timestamp_seconds\) > 5$/m, 'a minute takes too long here');
    answer = 503;
    const encode = await client.encoder('ingest.metrics');
    const base = Math.floor(Date.now() / 1_000) * 1_000;
    const points = Array.from({ length: 5 }, (_, i) => {
      const timestamp = base - 5_000 + i * 1_000;
      return pointOf({ tenantId: TENANT, metric: 'latency', tags: { host: 'b' }, timestamp, value: 999 });
    });
    await client.produce(
      'ingest.metrics',
      points.map((point, i) => ({
        ...{ key: 'acme|latency', value: encode({ ...point, id: `b${i}` }) },
        headers: { traceparent: Buffer.from(formatTraceparent(SENDER)) },
      })),
    );
    const stuck = await fires('TactusPartitionStuck');
    assert.deepEqual(
      stuck.map(({ worker, topic }) => [worker, topic]),
      [['sink', 'windows']],
    );
    for (const name of ['TactusNotificationsFailing', 'CircuitBreakerOpen']) await fires(name);
    answer = 200;
    await until(
      'all partitions to have turns',
      async () => (await firing('TactusPartitionStuck')).length === 0,
    );
  });

  it('leads from its histograms to traces: of a request, of a step, and from end to end', async () => {
    const leads = (
      metric: string,
      labels: Readonly<Record<string, string>>,
      isTraced: (id: string) => boolean,
    ) =>
      until(`an exemplar of ${metric}`, async () => {
        const found = await prometheus.exemplars(`${metric}_bucket`);
        return found.some(
          ({ series, labels: { trace_id = '' } }) =>
            Object.entries(labels).every(([name, value]) => series[name] === value) && isTraced(trace_id),
        );
      });
    const isSenders = (id: string) => id === SENDER.traceId;
    await leads('tactus_gateway_request_seconds', { worker: 'gateway', format: 'json' }, isSenders);
    // Steps are in traces of their own, which link to those of their records.
    for (const [group, topic] of [
      ['ingest', 'ingest.metrics'],
      ['windowing', 'metrics'],
    ] as const)
      await leads('tactus_step_duration_seconds', { group, topic }, (id) =>
        receiver.named(`process ${prefix}${topic}`).some(({ traceId }) => traceId === id),
      );
    await leads('tactus_notification_latency_seconds', { worker: 'alerting' }, isSenders);
  });

  it('fires when alerting hangs', async () => {
    (workers.get('alerting') as WorkerProcess).kill('SIGSTOP');
    assert.deepEqual(
      (await fires('TactusWorkerMissing')).map(({ worker }) => worker),
      ['alerting'],
    );
    await fires('TactusWorkerDown');
    (workers.get('alerting') as WorkerProcess).kill('SIGCONT');
    await until('alerting to be back', async () => (await firing('TactusWorkerMissing')).length === 0);
  });
});
