import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { Webhook } from 'standardwebhooks';
import type { WindowAggregate } from '../../../../schemas/types.js';
import { SinkTelemetry } from '../../../../services/sink/framework/telemetry.js';
import { webhookHandler } from '../../../../services/sink/webhook/handler.js';
import { Poster } from '../../../../services/sink/webhook/poster.js';
import { Targets } from '../../../../shared/adapters/http/targets.js';
import { systemClock } from '../../../../shared/core/clock.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { flushBySizeOrTime } from '../../../../shared/core/record-accumulator.js';
import { jsonBatch, jsonDecoder } from '../json-decoder.js';
import { closedWindow, NOON } from '../samples.js';

const NEVER = new AbortController().signal;
const SECRET = `whsec_${Buffer.from('a secret of some length, shared').toString('base64')}`;

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly starts: number[];
}

describe('the webhook sink', () => {
  let server: Server;
  let url: string;
  let received: Received[] = [];
  let answer: (starts: number[]) => number = () => 204;
  let metrics: Registry;
  let connections = 0;

  before(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const { records } = JSON.parse(body) as { records: { value: WindowAggregate }[] };
      const starts = records.map(({ value }) => value.start);
      received.push({ headers: request.headers as Record<string, string>, body, starts });
      response.writeHead(answer(starts)).end();
    });
    server.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    received = [];
    answer = () => 204;
    metrics = new Registry();
  });

  const posterTo = (...networks: string[]) =>
    new Poster(new Targets(networks, { code: 'TACTUS_WEBHOOK_FAILED', allowedBy: 'ALLOWED' }));
  const handlerOf = (change: { url?: string; secret?: string; poster?: Poster } = {}) =>
    webhookHandler('windows', jsonDecoder<WindowAggregate>(), {
      ...{ url, poster: posterTo('127.0.0.0/8') },
      secret: SECRET,
      timeoutMs: 2_000,
      clock: systemClock,
      telemetry: new SinkTelemetry(metrics),
      flushPolicy: flushBySizeOrTime({ maxRecords: 100, maxBytes: 1e6, lingerMs: 0 }),
      ...change,
    });
  const windows = (count: number) =>
    Array.from({ length: count }, (_, i) => closedWindow({ start: NOON + i * 10_000 }));

  it('posts a batch at once, signed so that a library of Standard Webhooks accepts it', async () => {
    const batch = jsonBatch('windows', windows(3));
    assert.deepEqual(await handlerOf().handle(batch, NEVER), []);
    assert.equal(received.length, 1);
    const [{ headers, body }] = received as [Received];
    assert.deepEqual(new Webhook(SECRET).verify(body, headers), {
      topic: 'windows',
      partition: 0,
      records: windows(3).map((value, offset) => ({ offset, value })),
    });
    assert.throws(() => new Webhook(SECRET).verify(`${body} `, headers));
  });

  it('gives a batch that is posted again the same id, so that the target knows it', async () => {
    const batch = jsonBatch('windows', windows(3));
    const handler = handlerOf();
    answer = () => 503;
    await assert.rejects(handler.handle(batch, NEVER), isRetriable);
    answer = () => 200;
    await handler.handle(batch, NEVER);
    const ids = received.map(({ headers }) => headers['webhook-id']);
    assert.deepEqual(ids, ['windows-0-0-2', 'windows-0-0-2']);
  });

  for (const status of [301, 401, 404, 429, 500])
    it(`waits for a target that answers ${status}: nothing is refused`, async () => {
      answer = () => status;
      await assert.rejects(handlerOf().handle(jsonBatch('windows', windows(1)), NEVER), isRetriable);
    });

  it('posts to no address that is neither public nor allowed, whatever name it has', async () => {
    const { port } = new URL(url);
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::ffff:127.0.0.1]',
      '[::1]',
      '169.254.169.254',
      '0x7f000001',
    ]) {
      metrics = new Registry();
      const handler = handlerOf({ url: `http://${host}:${port}/`, poster: posterTo() });
      await assert.rejects(
        handler.handle(jsonBatch('windows', windows(1)), NEVER),
        (error: unknown) =>
          isRetriable(error) && /is not public; ALLOWED allows/.test((error as Error).message),
      );
    }
    assert.deepEqual(received, []);
    metrics = new Registry();
    await handlerOf({ url: `http://localhost:${port}/` }).handle(jsonBatch('windows', windows(1)), NEVER);
    assert.equal(received.length, 1);
  });

  it('posts over one connection, again and again', async () => {
    const before = connections;
    const handler = handlerOf();
    for (let i = 0; i < 5; i += 1) await handler.handle(jsonBatch('windows', windows(1)), NEVER);
    assert.equal(connections - before, 1);
  });

  it('waits for a target that is not there', async () => {
    const gone = handlerOf({ url: 'http://127.0.0.1:1/' });
    await assert.rejects(gone.handle(jsonBatch('windows', windows(1)), NEVER), isRetriable);
  });

  it('waits for a target that answers with another protocol', { timeout: 10_000 }, async () => {
    const upgrading = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n'),
      );
    });
    await new Promise<void>((resolve) => upgrading.listen(0, '127.0.0.1', resolve));
    try {
      const handler = handlerOf({ url: `http://127.0.0.1:${(upgrading.address() as AddressInfo).port}/` });
      await assert.rejects(handler.handle(jsonBatch('windows', windows(1)), NEVER), isRetriable);
    } finally {
      upgrading.close();
    }
  });

  it('refuses just the records that the target does not take, and posts the rest in order', async () => {
    const bad = new Set([NOON + 30_000, NOON + 90_000]);
    answer = (starts) => (starts.some((start) => bad.has(start)) ? 422 : 200);
    const refusals = await handlerOf().handle(jsonBatch('windows', windows(16)), NEVER);
    assert.deepEqual(
      refusals.map(({ index, code }) => [index, code]),
      [
        [3, 'TACTUS_ROW_REFUSED'],
        [9, 'TACTUS_ROW_REFUSED'],
      ],
    );
    const taken = received.filter(({ starts }) => !starts.some((start) => bad.has(start)));
    assert.deepEqual(
      taken.flatMap(({ starts }) => starts),
      windows(16)
        .map(({ start }) => start)
        .filter((start) => !bad.has(start)),
    );
  });

  it('leaves out what cannot be decoded, and tombstones, and counts the former', async () => {
    const good = jsonBatch('windows', windows(4));
    const value = (i: number) => (i === 1 ? Buffer.from('{') : i === 2 ? null : good.value(i));
    assert.deepEqual(await handlerOf().handle({ ...good, value }, NEVER), []);
    assert.equal(received[0]?.starts.length, 2);
    assert.match(await metrics.metrics(), /tactus_sink_records_skipped_total\{target="webhook"\} 1\n/);
  });

  it('signs nothing without a secret', async () => {
    await handlerOf({ secret: '' }).handle(jsonBatch('windows', windows(1)), NEVER);
    assert.equal(received[0]?.headers['webhook-signature'], undefined);
  });
});

function isRetriable(error: unknown): boolean {
  return error instanceof TactusError && error.code === 'TACTUS_WEBHOOK_FAILED' && error.retriable;
}
