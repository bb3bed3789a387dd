import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { InfluxDB, Point } from '@influxdata/influxdb-client';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { Analytics } from '@segment/analytics-node';
import { CloudEvent, emitterFor, httpTransport, Mode } from 'cloudevents';
import { freePort } from '../../../services/up/embedded/ports.js';
import { GatewayFixture } from '../../support/gateway-fixture.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { type Follower, PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { exportedByNode, exportedByPython, type SentPoint } from '../../support/senders/otel-record.js';
import { PYTHON_SCRIPT, pythonSenders, requirePrograms } from '../../support/senders/programs.js';
import { Desk, Snippets } from '../../support/senders/snippets.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

const KEY = 'key-of-acme';
const SCRAPES = 3;

interface PlainEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp: number;
  readonly subjectId: string | null;
  readonly attributes: Record<string, Record<string, unknown> | null>;
}

/** Points in an order of their own, so that lists of them can be compared. */
function inOrder(points: readonly SentPoint[]): SentPoint[] {
  const plain = points.map(({ metric, tags, timestamp, value }) => {
    const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
    return { metric, tags: Object.fromEntries(sorted), timestamp, value };
  });
  return plain.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe('what the pages print to send with', { concurrency: true, timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('real');
  const env = { ...servers, TOPIC_PREFIX: prefix };
  const snippets = new Snippets();
  const used = new Set<string>();
  let gateway: GatewayFixture;
  let ingest: WorkerProcess;
  let desk: Desk;
  let metrics: Follower<PlainPoint>;
  let events: Follower<PlainEvent>;

  before(async () => {
    requirePrograms('prometheus', 'kcat', 'python3', 'curl');
    ingest = new WorkerProcess('ingest', env);
    const [fixture, programs] = await Promise.all([
      GatewayFixture.start(env),
      pythonSenders(),
      ingest.ready(),
    ]);
    gateway = fixture;
    const address = { TACTUS_GATEWAY_URL: gateway.url(''), TACTUS_API_KEY: KEY };
    desk = new Desk(snippets, { ...env, ...address }, programs);
    const client = new PlainClient(servers, prefix);
    [metrics, events] = await Promise.all([
      client.follow<PlainPoint>('metrics'),
      client.follow<PlainEvent>('events'),
    ]);
  });
  after(async () => {
    desk?.remove();
    await Promise.all([gateway?.stop(), ingest?.stop(), metrics?.close(), events?.close()]);
  });

  function script(word: string): string {
    const text = snippets.script(word);
    used.add(text);
    return text;
  }

  function file(name: string): string {
    assert.ok(snippets.files.has(name), name);
    used.add(name);
    return name;
  }

  /** Waits for as many points of a source as its sender has sent, and compares all of them. */
  async function compare(
    source: string,
    sent: readonly SentPoint[],
    meant: (point: PlainPoint) => boolean,
  ): Promise<void> {
    const arrived = () => metrics.values.filter((point) => point.source === source && meant(point));
    await until(`${sent.length} points of ${source}`, () => arrived().length >= sent.length).catch(() => {
      // The lists below show which are missing.
    });
    assert.deepEqual(inOrder(arrived()), inOrder(sent));
  }

  /** The one point of a snippet, whose time is that of its sending. */
  async function onlyPoint(source: string, metric: string, tags: Readonly<Record<string, string>>) {
    const find = () => metrics.values.filter((one) => one.source === source && one.metric === metric);
    const [point, ...others] = await until(`${metric} of ${source}`, () => {
      const found = find();
      return found.length > 0 && found;
    });
    assert.equal(others.length, 0);
    assert.equal(point?.value, 3);
    for (const [name, value] of Object.entries(tags)) assert.equal(point?.tags[name], value);
    return point as PlainPoint;
  }

  it('curl', async () => {
    const text = script('/api/v1/metrics');
    assert.deepEqual(JSON.parse(await desk.run(text)), { accepted: 1, duplicates: 0, rejected: [] });
    assert.deepEqual((await onlyPoint('curl', 'orders', {})).tags, { shop: 'berlin' });
    assert.deepEqual(JSON.parse(await desk.run(script('/api/v1/events'))), {
      ...{ accepted: 1, duplicates: 0, rejected: [] },
    });
  });

  it('Prometheus, which watches itself', async () => {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    // The port that Prometheus has by default may be in use.
    const text = script('prometheus --config.file')
      .replace('127.0.0.1:9090', address)
      .replace(/^prometheus .*$/m, (line) => `exec ${line} --web.listen-address=${address}`);
    const prometheus = desk.start(text);
    const ask = async (query: string, time?: number) => {
      const when = time === undefined ? '' : `&time=${time / 1_000}`;
      const url = `http://${address}/api/v1/query?query=${encodeURIComponent(query)}${when}`;
      const answer = (await (await fetch(url)).json()) as {
        data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
      };
      return answer.data.result;
    };
    const [up] = await until('Prometheus to have scraped itself', async () => {
      const found = await ask('up[10m]');
      return (found[0]?.values.length ?? 0) >= SCRAPES && found;
    });
    const upTo = Math.round((up?.values[SCRAPES - 1]?.[0] ?? 0) * 1_000);
    const recorded = await ask('{__name__!=""}[10m]', upTo);
    const sent = recorded.flatMap(({ metric: { __name__: metric = '', ...tags }, values }) =>
      values.map(([time, value]) => ({
        metric,
        tags,
        timestamp: Math.round(time * 1_000),
        value: Number(value),
      })),
    );
    const finite = sent.filter(({ value }) => Number.isFinite(value));
    assert.ok(finite.length > 1_000 && finite.length < sent.length, `${finite.length} of ${sent.length}`);
    // It runs on meanwhile: its queue begins to read what it has stored when it finds the time, and reads no more once it is to end.
    await compare('prometheus', finite, ({ timestamp }) => timestamp <= upTo);
    prometheus.stop();
    const { code, stderr } = await prometheus.ended;
    assert.equal(code, 0, stderr);
  });

  it('OpenTelemetry, of Node and of Python', async () => {
    file('otel.mjs');
    file('otel.py');
    await desk.run(script('otel.mjs'));
    const node = await onlyPoint('otel-otlp-exporter-javascript', 'orders', { shop: 'berlin' });
    assert.ok(node.tags['service.name']?.startsWith('unknown_service'));
    await onlyPoint('otel-otlp-exporter-python', 'orders', { shop: 'berlin' });
  });

  const exporters = { protobuf: ProtobufExporter, json: JsonExporter };
  for (const [encoding, Exporter] of Object.entries(exporters))
    it(`OpenTelemetry, every instrument of the SDK of Node, as ${encoding}`, async () => {
      const begins = `${encoding}.`;
      const sent: SentPoint[] = [];
      const exporter = new Exporter({
        url: gateway.url('/v1/metrics'),
        headers: { 'x-api-key': KEY },
      });
      const send = exporter.export.bind(exporter);
      const results: number[] = [];
      exporter.export = (batch: ResourceMetrics, done) =>
        send(batch, (result) => {
          results.push(result.code);
          sent.push(...exportedByNode(batch));
          done(result);
        });
      const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
      const provider = new MeterProvider({ readers: [reader] });
      const meter = provider.getMeter('recorded');
      const counter = meter.createCounter(`${begins}counter`, { unit: '{order}' });
      const level = meter.createUpDownCounter(`${begins}level`);
      const histogram = meter.createHistogram(`${begins}histogram`, { unit: 'ms' });
      meter.createObservableGauge(`${begins}gauge`).addCallback((gauge) => {
        gauge.observe((Math.random() - 0.5) * 1e9, { at: 'é', open: true });
      });
      for (let round = 0; round < 3; round++) {
        for (let shop = 0; shop < 20; shop++) {
          counter.add(Math.floor(Math.random() * 2 ** 50), { shop: `s${shop}` });
          level.add(Math.random() - 0.5, { shop: `s${shop}`, number: shop });
          histogram.record(Math.random() * 1_000, { shop: `s${shop}` });
        }
        await provider.forceFlush();
      }
      await provider.shutdown();
      assert.ok(results.length >= 3 && results.every((code) => code === 0));
      assert.ok(sent.length > 300, String(sent.length));
      await compare('otel-otlp-exporter-javascript', sent, ({ metric }) => metric.startsWith(begins));
    });

  it('OpenTelemetry, every instrument of the SDK of Python', async () => {
    const output = await desk.run(
      `OTEL_EXPORTER_OTLP_ENDPOINT=$TACTUS_GATEWAY_URL OTEL_EXPORTER_OTLP_HEADERS="x-api-key=$TACTUS_API_KEY" python3 ${PYTHON_SCRIPT}`,
    );
    const exported = output.split('\n').filter((line) => line.startsWith('SUCCESS '));
    assert.ok(exported.length >= 3, output);
    const sent = exported.flatMap((line) => exportedByPython(line.slice('SUCCESS '.length)));
    assert.ok(sent.length > 300, String(sent.length));
    await compare('otel-otlp-exporter-python', sent, ({ metric }) => metric.startsWith('recorded.'));
  });

  it("InfluxDB's client", async () => {
    await desk.run(`node ${file('influx.mjs')}`);
    assert.deepEqual((await onlyPoint('influxdb-client-js', 'shop.orders', {})).tags, { city: 'berlin' });
    const sent: SentPoint[] = [];
    const writer = new InfluxDB({ url: gateway.url(''), token: KEY }).getWriteApi('any', 'any', 'ms', {
      batchSize: 100,
      maxRetries: 0,
    });
    const now = Date.now();
    for (let i = 0; i < 500; i++) {
      const tags = { city: `city ${i % 7}, =é`, shop: `s${i % 3}` };
      const [orders, level] = [Math.floor(Math.random() * 2 ** 40), Math.random() * 1e-9];
      const point = new Point('recorded.shop').intField('orders', orders).floatField('level', level);
      for (const [name, value] of Object.entries(tags)) point.tag(name, value);
      writer.writePoint(point.booleanField('open', i % 2 === 0).timestamp(now - i));
      const values = { orders, level, open: i % 2 === 0 ? 1 : 0 };
      for (const [field, value] of Object.entries(values))
        sent.push({ metric: `recorded.shop.${field}`, tags, timestamp: now - i, value });
    }
    await writer.close();
    await compare('influxdb-client-js', sent, ({ metric }) => metric.startsWith('recorded.'));
  });

  it('kcat, with the bytes that encode writes', async () => {
    const text = script('kcat -P');
    assert.ok(text.includes(' tactus.ingest.metrics '));
    await desk.run(text.replace('tactus.ingest.metrics', `${prefix}ingest.metrics`));
    const point = await onlyPoint('kcat', 'orders', {});
    assert.deepEqual([point.tenantId, point.tags], ['acme', {}]);
  });

  it('CloudEvents and Segment', async () => {
    await Promise.all(['cloudevents.mjs', 'segment.mjs'].map((name) => desk.run(`node ${file(name)}`)));
    const transport = httpTransport(gateway.url('/api/v1/events'));
    const sent = new Map<string, { readonly n: number; readonly timestamp: number }>();
    const now = Date.now();
    for (const mode of [Mode.BINARY, Mode.STRUCTURED])
      for (let n = 0; n < 20; n++) {
        const emit = emitterFor(transport, { mode });
        const [subject, time] = [randomUUID(), new Date(now - n).toISOString()];
        const event = new CloudEvent({ source: '/recorded', type: 'recorded', subject, time, data: { n } });
        await emit(event, { headers: { 'x-api-key': KEY } });
        sent.set(subject, { n, timestamp: now - n });
      }
    const analytics = new Analytics({ host: gateway.url(''), writeKey: KEY });
    for (let n = 0; n < 100; n++) {
      const [userId, timestamp] = [randomUUID(), new Date(now - n)];
      analytics.track({ userId, event: 'recorded', timestamp, properties: { n } });
      sent.set(userId, { n, timestamp: now - n });
    }
    await analytics.closeAndFlush();
    const of = (type: string) => events.values.filter((event) => event.type === type);
    await until(`${sent.size} events`, () => of('recorded').length >= sent.size);
    const arrived = of('recorded').map(({ subjectId, timestamp, attributes }) => {
      return [subjectId, { n: attributes.n?.long, timestamp }] as const;
    });
    assert.equal(arrived.length, sent.size);
    assert.deepEqual(new Map(arrived), sent);
    // Those of the pages, curl's among them.
    const plays = await until(
      'the events of the pages',
      () => of('song_play').length >= 3 && of('song_play'),
    );
    assert.equal(plays.length, 3);
    for (const { subjectId, attributes } of plays) {
      assert.equal(subjectId, 'u-7');
      assert.deepEqual([attributes.song?.string, attributes.seconds?.long], ['s-1', 180]);
    }
  });

  after(() => {
    const printed = [...snippets.scripts, ...snippets.files.keys()];
    assert.deepEqual(
      printed.filter((one) => !used.has(one)),
      [],
      'all that is printed is run',
    );
  });
});
