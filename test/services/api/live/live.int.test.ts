import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { loadSchemas, recordSchema } from '../../../../shared/catalog/schemas.js';
import { packageRoot } from '../../../../shared/files/package-root.js';
import { keyIdOf } from '../../../../shared/security/key-text.js';
import { ApiFixture } from '../../../support/api-fixture.js';
import { tactus } from '../../../support/gateway-keys.js';
import { PlainClient } from '../../../support/plain-client.js';
import { pointOf } from '../../../support/point.js';
import { Readme } from '../../../support/readme.js';
import { sharedServers } from '../../../support/servers.js';
import { createTopic } from '../../../support/topics.js';
import { until } from '../../../support/until.js';
import type { Update } from './hub-fixture.js';

type Message = { readonly type: string; readonly [field: string]: unknown };

/** Client of a WebSocket that keeps what it gets. */
class Listener {
  readonly messages: Message[] = [];
  readonly texts: string[] = [];
  code: number | null = null;
  readonly socket: WebSocket;

  constructor(url: string, protocols: readonly string[] = [], headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, [...protocols], { headers });
    this.socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.texts.push(text);
      if (text !== 'pong') this.messages.push(JSON.parse(text));
    });
    this.socket.on('error', () => {});
    this.socket.on('close', (code) => {
      this.code = code;
    });
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async first(type: string): Promise<Message> {
    return await until(type, () => this.messages.find((message) => message.type === type));
  }
}

/** Reads server-sent events of a response until it ends. */
async function readEvents(answer: Response, messages: Message[]): Promise<void> {
  let rest = '';
  for await (const piece of answer.body ?? []) {
    const events = (rest + Buffer.from(piece).toString('utf8')).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const [, type, data] = /^event: (\S+)\ndata: (.*)$/.exec(event) ?? [];
      if (type === undefined) continue;
      const message = JSON.parse(data ?? '') as Message;
      assert.equal(message.type, type);
      messages.push(message);
    }
  }
}

const updatesOf = (messages: readonly Message[]) =>
  messages.flatMap(({ type, updates }) => (type === 'metric_update' ? (updates as Update[]) : []));

/** Metric to value, of what was got, applied in its order. */
const stateOf = (messages: readonly Message[]) =>
  Object.fromEntries(updatesOf(messages).map(({ metric, value }) => [metric, value]));

describe('live updates', { timeout: 240_000 }, () => {
  let api: ApiFixture;
  let client: PlainClient;
  let encode: (value: object) => Buffer;
  let key = '';
  const open: Listener[] = [];
  const listen = (...args: [protocols?: readonly string[], headers?: Record<string, string>]) => {
    const listener = new Listener(`${api.url.replace('http', 'ws')}/ws/metrics`, ...args);
    open.push(listener);
    return listener;
  };
  const produce = async (
    metrics: readonly string[],
    value: number,
    change: Parameters<typeof pointOf>[0] = {},
  ) =>
    await client.produce(
      'metrics',
      metrics.map((metric) => {
        const point = pointOf({ tenantId: 'own', metric, value, timestamp: Date.now(), ...change });
        return { key: `${point.tenantId}|${metric}`, value: encode(point) };
      }),
    );

  before(async () => {
    api = await ApiFixture.start('api-live', {
      TACTUS_API_LIVE_INTERVAL_MS: '20',
      TACTUS_API_LIVE_SLOW_CLOSE_MS: '300',
    });
    client = new PlainClient(sharedServers(), api.prefix);
    encode = await client.encoder('metrics');
    key = await api.key('own', 'read');
    await until('the key to be known', async () => (await api.ask(key, '/api/v1/metrics')).status === 200);
  });

  after(async () => {
    for (const { socket } of open) socket.terminate();
    await api.stop();
  });

  it('come to a WebSocket and as events: what is known, then what changes, and of no other tenant', async () => {
    const metrics = Array.from({ length: 20 }, (_, i) => `live.m${i}`);
    await produce(metrics, 1);
    await until(
      'the points in the hub',
      async () => (await api.worker.metric('tactus_live_known_series')) >= 20,
    );
    const listener = listen(['tactus', `tactus.bearer.${key}`]);
    await listener.first('authenticated');
    assert.equal(listener.socket.protocol, 'tactus');
    listener.send({ type: 'subscribe', metric: 'live.*' });
    listener.send('ping');
    const { tenantId, series } = await listener.first('subscribed');
    assert.deepEqual([tenantId, series], ['own', 20]);
    const events: Message[] = [];
    const leaving = new AbortController();
    const answer = await fetch(`${api.url}/api/v1/stream?metric=live.*&metric=none`, {
      headers: { authorization: `Bearer ${key}` },
      signal: leaving.signal,
    });
    assert.equal(answer.headers.get('content-type'), 'text/event-stream');
    const reading = readEvents(answer, events);
    for (const messages of [listener.messages, events])
      await until('what is known', () => Object.keys(stateOf(messages)).length === 20);
    await produce(metrics, 666, { tenantId: 'other' });
    for (let value = 2; value <= 5; value++) await produce(metrics, value);
    for (const messages of [listener.messages, events]) {
      await until('the newest of all', () => Object.values(stateOf(messages)).every((value) => value === 5));
      const values = updatesOf(messages).map(({ value }) => value);
      assert.ok(values.every((value) => value <= 5));
      const ofOne = updatesOf(messages).filter(({ metric }) => metric === 'live.m0');
      const inOrder = ofOne.map(({ value }) => value).toSorted((a, b) => a - b);
      assert.deepEqual(
        ofOne.map(({ value }) => value),
        inOrder,
      );
    }
    assert.ok(listener.texts.includes('pong'));
    leaving.abort();
    await assert.rejects(reading, { name: 'AbortError' });
    const ended = async () => (await api.worker.metric('tactus_live_clients', { transport: 'sse' })) === 0;
    await until('the end of the events', ended);
  });

  it('are anomalies and alerts too, of which a new subscriber is sent those that fire', async () => {
    const schema = (name: string) => recordSchema(loadSchemas(), name).schema;
    const alert = {
      ...{ fingerprint: 'f1', rule: 'r', tenantId: 'own', state: 'firing', severity: 'warning' },
      ...{ labels: { metric: 'cpu' }, annotations: {}, value: 1, startsAt: 0, endsAt: null, updatedAt: 0 },
    };
    const encodeAlert = await client.encoder('alerts', schema('Alert'));
    await client.produce('alerts', [{ key: 'f1', value: encodeAlert(alert) }]);
    const listener = listen([], { authorization: `Bearer ${key}` });
    await listener.first('authenticated');
    await until('the alert', async () => {
      listener.send({ type: 'subscribe', id: 'a', metric: 'cpu', kinds: ['alerts', 'anomalies'] });
      return listener.messages.some(({ type }) => type === 'alert');
    });
    const encodeAnomaly = await client.encoder('anomalies', schema('Anomaly'));
    const anomaly = {
      ...{
        id: 'a',
        tenantId: 'own',
        metric: 'cpu',
        tags: {},
        detector: 'd',
        window: '10s',
        start: 0,
        end: 10_000,
      },
      ...{ value: 1, expected: 0, lower: 0, upper: 0, score: 1, severity: 'warning', explanation: 'odd' },
      detectedAt: 0,
    };
    await client.produce('anomalies', [{ key: 'own|cpu', value: encodeAnomaly(anomaly) }]);
    const got = await listener.first('anomaly');
    assert.deepEqual(got.anomaly, {
      ...anomaly,
      start: '1970-01-01T00:00:00.000Z',
      end: '1970-01-01T00:00:10.000Z',
      detectedAt: '1970-01-01T00:00:00.000Z',
    });
  });

  it('are for those who may have them', async () => {
    const stranger = listen();
    await until('the connection', () => stranger.socket.readyState === WebSocket.OPEN);
    stranger.send({ type: 'subscribe' });
    assert.equal((await stranger.first('error')).code, 'TACTUS_CREDENTIALS_REFUSED');
    stranger.send({ type: 'auth', token: 'none' });
    await until('the close', () => stranger.code !== null);
    assert.equal(stranger.code, 4001);
    const reader = listen([], { authorization: `Bearer ${key}` });
    await reader.first('authenticated');
    reader.send({ type: 'subscribe', tenantId: 'other' });
    assert.equal((await reader.first('error')).code, 'TACTUS_NOT_ALLOWED');
    const page = listen(['tactus', `tactus.bearer.${key}`], { origin: 'https://elsewhere.example' });
    const status = await new Promise((resolve) =>
      page.socket.on('unexpected-response', (_request, response) => resolve(response.statusCode)),
    );
    assert.equal(status, 403);
    const own = listen(['tactus', `tactus.bearer.${key}`], { origin: api.url });
    await own.first('authenticated');
    assert.equal((await api.ask(null, '/api/v1/stream')).status, 401);
    assert.equal((await api.ask(key, '/api/v1/stream?tenantId=other')).status, 403);
    assert.equal((await api.ask(key, '/api/v1/stream?kind=events')).status, 400);
    assert.equal((await api.ask(key, '/api/v1/stream?tag=host')).status, 400);
  });

  it('do not wait for a client that reads slowly, which is cut off', async () => {
    const [slow, other] = [listen(), listen()];
    for (const each of [slow, other]) {
      await until('the connection', () => each.socket.readyState === WebSocket.OPEN);
      each.send({ type: 'auth', token: key });
      each.send({ type: 'subscribe', metric: 'large.*' });
      await each.first('subscribed');
    }
    slow.socket.pause();
    const tags = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`tag${i}`, 'x'.repeat(250)]));
    const metrics = Array.from({ length: 200 }, (_, i) => `large.m${i}`);
    let value = 0;
    // The systems of both sides take in some megabytes before anything shows.
    await until('the slow one to be cut off', async () => {
      value += 1;
      await produce(metrics, value, { tags });
      return (await api.worker.metric('tactus_live_closed_total', { code: '4008' })) > 0;
    });
    slow.socket.resume();
    await until('the close', () => slow.code !== null);
    await until('the newest of all', () => {
      const values = Object.values(stateOf(other.messages));
      return values.length === 200 && values.every((each) => each === value);
    });
    assert.equal(other.code, null);
  });

  it('come from partitions that topics get later, from their first record on, and from a topic made anew with fewer', async () => {
    const admin = client.kafka.admin();
    await admin.connect();
    const topic = `${api.prefix}metrics`;
    const encodeAlert = await client.encoder('alerts', recordSchema(loadSchemas(), 'Alert').schema);
    const listener = listen([], { authorization: `Bearer ${key}` });
    await listener.first('authenticated');
    listener.send({ type: 'subscribe', metric: 'added' });
    await listener.first('subscribed');
    const grown = async (name: string) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [api.prefix + name] });
      const count = topics[0]?.partitions.length ?? 0;
      await admin.createPartitions({ topicPartitions: [{ topic: api.prefix + name, count: count + 1 }] });
      return count;
    };
    const point = (value: number) => ({
      key: 'own|added',
      value: encode(pointOf({ tenantId: 'own', metric: 'added', value, timestamp: Date.now() })),
    });
    const [metrics, alerts] = [await grown('metrics'), await grown('alerts')];
    // Before the process can know of them.
    await client.produce('metrics', [{ ...point(1), partition: metrics }]);
    const alert = {
      ...{ fingerprint: 'added', rule: 'r', tenantId: 'own', state: 'firing', severity: 'warning' },
      ...{ labels: { metric: 'added' }, annotations: {}, value: 1, startsAt: 0, endsAt: null, updatedAt: 0 },
    };
    await client.produce('alerts', [{ key: 'added', value: encodeAlert(alert), partition: alerts }]);
    await until('the point', () => stateOf(listener.messages).added === 1);
    await listener.first('alert');
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
    await createTopic(admin, { topic, numPartitions: 2 });
    await admin.disconnect();
    await client.produce('metrics', [point(2)]);
    await until('the point of the new topic', () => stateOf(listener.messages).added === 2);
    await until('the process to be ready without the others', async () => await api.worker.isReady());
    assert.equal(listener.code, null);
  });

  it('come to the examples of their page', async () => {
    const page = new Readme('services/api/live/README.md');
    const programs: [string, ...string[]][] = [
      ...page
        .code('js')
        .map((code): [string, ...string[]] => [process.execPath, '--input-type=module', '-e', code]),
      ...page.code('bash').map((code): [string, ...string[]] => ['bash', '-c', `exec ${code}`]),
    ];
    assert.equal(programs.length, 3);
    await produce(['system.cpu.user'], 0.25, { tags: { host: 'web-1' } });
    const env = { PATH: process.env.PATH, TACTUS_API_URL: api.url, TACTUS_API_KEY: key };
    for (const [program, ...args] of programs) {
      const child = spawn(program, args, { cwd: packageRoot(), env, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      const isShown = () => /"type":"metric_update".*"metric":"system.cpu.user".*"value":0.25/.test(output);
      await until('the point', isShown).catch(() => assert.fail(`${args.join(' ')}: ${output}`));
      child.kill('SIGKILL');
    }
  });

  it('end when the key is revoked', async () => {
    const listener = listen([], { authorization: `Bearer ${key}` });
    await listener.first('authenticated');
    const events: Message[] = [];
    const answer = await fetch(`${api.url}/api/v1/stream`, { headers: { authorization: `Bearer ${key}` } });
    const reading = readEvents(answer, events);
    await tactus(['keys', 'revoke', keyIdOf(key) ?? ''], api.env);
    const revokedAt = performance.now();
    await until('the close', () => listener.code !== null);
    await reading;
    assert.equal(listener.code, 4003);
    assert.deepEqual(events.at(-1), { type: 'closed', code: 4003, reason: 'the token is revoked' });
    // One second between looks; the rest is for a machine with much else to do.
    assert.ok(performance.now() - revokedAt < 10_000);
  });
});
