import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { formatTraceparent } from '../../shared/core/trace-context.js';
import { gatewayKeys, KEYS_SECRET } from '../support/gateway-keys.js';
import { ownPrefix } from '../support/own-prefix.js';
import { contextOf } from '../support/recorded-tracing.js';
import { sharedServers } from '../support/servers.js';
import { type ExportedSpan, SpanReceiver } from '../support/span-receiver.js';
import { until } from '../support/until.js';
import { WorkerProcess } from '../support/worker-process.js';

const WINDOWS = 'windows:\n  - { name: 1s, size: 1s, grace: 0s }\n';
const DETECTION = 'detection:\n  - { metrics: "*", tenants: "*", window: 1s, above: 300 }\n';
const RULES = `rules:
  - { name: Slow, window: 1s, metric: latency, expr: mean > 300.0, severity: critical }
  - { name: Odd, on: anomaly, expr: anomaly.score > 0.0 }
`;
const TENANT = 'acme';
/** The span of the sender, which nobody exports here. */
const SENDER = contextOf(0xabc, 0xdef);
const CHAIN = ['gateway', 'ingest', 'windowing', 'anomaly', 'alerting'];

describe('tracing, from a request to a notification', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-tracing-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const servers = sharedServers();
  const workers = new Map<string, WorkerProcess>();
  let hook: Server;
  let receiver: SpanReceiver;
  let key: string;
  let notified = 0;

  before(async () => {
    hook = createServer((request, response) => {
      request.resume();
      notified += 1;
      response.writeHead(200).end();
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    receiver = await SpanReceiver.start();
    const env = { ...servers, TOPIC_PREFIX: ownPrefix('tracing'), TACTUS_PARTITIONS: '1' };
    key = (await gatewayKeys(env, [TENANT])).get(TENANT) ?? '';
    const traced = {
      ...{ ...env, ...KEYS_SECRET, TACTUS_TRACING: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
      TACTUS_TRACING_SAMPLE_RATIO: '0',
      TACTUS_TRACING_MAX_SPANS_PER_SECOND: '1000',
      LOG_LEVEL: 'debug',
      WINDOWS_FILE: file('windows.yaml', WINDOWS),
      TACTUS_ANOMALY_FILE: file('detection.yaml', DETECTION),
      RULES_FILE: file('rules.yaml', RULES),
      // Marks beside the trace in the headers.
      TENANTS_FILE: file(
        'tenants.yaml',
        `tenants:\n  - { id: ${TENANT}, quotas: { pointsPerSecond: 1000 } }\n`,
      ),
      TACTUS_ALERT_WEBHOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
      TACTUS_ALERT_ALLOWED_NETWORKS: '127.0.0.0/8',
      TACTUS_WARM_UP_MS: '0',
    };
    for (const name of CHAIN) workers.set(name, new WorkerProcess(name, traced));
    await Promise.all([...workers.values()].map((worker) => worker.ready()));
  });

  after(async () => {
    for (const worker of workers.values()) worker.kill('SIGKILL');
    await receiver?.stop();
    hook.close();
    hook.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  const send = async (points: readonly object[], headers: Readonly<Record<string, string>> = {}) => {
    const port = workers.get('gateway')?.httpPort;
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/metrics`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(points),
    });
    assert.equal(response.status, 200);
  };

  /** Throws where the trace is not whole, or has what does not belong there. */
  const complete = (notify: ExportedSpan): void => {
    const inTrace = receiver.spans.filter(({ traceId }) => traceId === SENDER.traceId);
    const only = (name: string): ExportedSpan => {
      const found = inTrace.filter((span) => span.name === name);
      assert.equal(found.length, 1, `${name}: ${found.length}`);
      return found[0] as ExportedSpan;
    };
    const request = only('POST /api/v1/metrics');
    const window = only('window 1s');
    const anomaly = only('anomaly 1s');
    const alerts = inTrace.filter(({ name }) => name === 'alert firing');
    assert.deepEqual(
      [request, window, anomaly].map(({ service, parentSpanId }) => [service, parentSpanId]),
      [
        ['tactus-gateway', SENDER.spanId],
        ['tactus-windowing', request.spanId],
        ['tactus-anomaly', window.spanId],
      ],
    );
    assert.deepEqual(
      alerts.map(({ parentSpanId }) => parentSpanId).sort(),
      [window.spanId, anomaly.spanId].sort(),
    );
    assert.deepEqual(window.links, [{ traceId: SENDER.traceId, spanId: request.spanId }]);
    assert.equal(window.attributes['tactus.window.points'], 1);
    assert.ok(alerts.some(({ spanId }) => spanId === notify.parentSpanId));
    assert.equal(notify.attributes['tactus.notification.outcome'], 'delivered');
    // Of each worker that reads: batches begin traces of their own, and link to what they read.
    const links = [...receiver.spans].filter(({ name }) => name.startsWith('process '));
    assert.ok(links.every(({ traceId, parentSpanId }) => traceId !== SENDER.traceId && parentSpanId === ''));
    const known = new Set(inTrace.map(({ spanId }) => spanId));
    for (const name of CHAIN.slice(1))
      assert.ok(
        links.some((span) => span.service === `tactus-${name}` && known.has(span.links[0]?.spanId ?? '')),
        `no batch of ${name}`,
      );
    // The other request is in no span: every link goes back to the one that is traced.
    assert.deepEqual(
      receiver.spans.flatMap((span) => span.links).filter(({ traceId }) => traceId !== SENDER.traceId),
      [],
    );
  };

  it('is one trace, with a span of each batch that links to it, and none of other requests', async () => {
    const second = Math.floor(Date.now() / 1_000) * 1_000 - 10_000;
    const point = (timestamp: number, tags = {}) => ({ metric: 'latency', value: 900, timestamp, tags });
    await send([point(second, { host: 'a' })], { traceparent: formatTraceparent(SENDER) });
    await send([10, 5_000, 9_000].map((ms) => point(second + ms, { host: 'b' })));
    const notify = await until('the notification', () => receiver.named('notify webhook')[0]);
    await until('the other notification', () => receiver.named('notify webhook').length > 1);

    // Each worker exports on a schedule of its own.
    await until('the spans of all workers', () => {
      complete(notify);
      return true;
    });
    assert.ok(notified >= 2);
    assert.match(workers.get('alerting')?.output ?? '', new RegExp(`"trace_id":"${SENDER.traceId}"`));
    const windowing = workers.get('windowing') as WorkerProcess;
    assert.ok((await windowing.metric('tactus_tracing_spans_total', { outcome: 'exported' })) > 0);
  });
});
