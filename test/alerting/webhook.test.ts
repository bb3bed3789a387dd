import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { pino } from 'pino';
import type { Alert } from '../../schemas/types.js';
import { webhookHandler } from '../../services/alerting/webhook.js';
import { arrayBatch } from '../../shared/core/array-batch.js';
import type { BatchHandler } from '../../shared/runtime/sink-worker.js';
import { codecs, EPOCH } from './helpers.js';

interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly body: { status: string; alerts: { fingerprint: string; status: string }[] };
}

type Answer = (response: ServerResponse, post: Post, nth: number) => void;

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** A target on a free port that keeps what it is sent and answers as told. */
async function target(answer: Answer): Promise<{ url: string; posts: Post[] }> {
  const posts: Post[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const post = { headers: request.headers, path: request.url ?? '', body: JSON.parse(text) };
      posts.push(post);
      answer(response, post, posts.length);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, posts };
}

const ok: Answer = (response) => response.writeHead(200).end('thanks');
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end('no');

function handlerFor(url: string, timeoutMs = 5_000) {
  const outcomes: string[] = [];
  const logged: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => logged.push(line) });
  const observer = { delivery: (outcome: string) => outcomes.push(outcome) };
  const handler = webhookHandler({ url, timeoutMs, decoder: codecs.decoder('alerts'), log, observer });
  return { handler, outcomes, logged };
}

function alertOf(fingerprint: string, more: Partial<Alert> = {}): Alert {
  return {
    fingerprint,
    rule: 'Hot',
    tenantId: 'acme',
    state: 'firing',
    severity: 'warning',
    labels: { alertname: 'Hot', host: 'a "b"' },
    annotations: { summary: 'hot' },
    value: 93.5,
    startsAt: EPOCH,
    endsAt: null,
    updatedAt: EPOCH,
    ...more,
  };
}

function send(
  handler: BatchHandler,
  alerts: readonly (Alert | null)[],
  baseOffset = 0,
  signal?: AbortSignal,
) {
  const encoder = codecs.encoder('alerts');
  const records = alerts.map((alert) => ({ value: alert === null ? null : encoder.encode(alert) }));
  const batch = arrayBatch({ topic: 'alerts', records, baseOffset });
  return handler.handle(batch, signal ?? new AbortController().signal);
}

const retriable = { name: 'TactusError', code: 'TACTUS_WEBHOOK_FAILED', retriable: true };

test('firing and resolved alerts are posted in order, as Alertmanager would', async () => {
  const { url, posts } = await target(ok);
  const { handler, outcomes } = handlerFor(url);
  const resolved = alertOf('f1', { state: 'resolved', endsAt: EPOCH + 60_000 });
  assert.deepEqual(await send(handler, [alertOf('f1'), resolved]), []);
  assert.deepEqual(outcomes, ['delivered', 'delivered']);
  assert.equal(posts[0]?.headers['content-type'], 'application/json');
  const labels = { alertname: 'Hot', host: 'a "b"' };
  const annotations = { summary: 'hot' };
  const group = {
    version: '4',
    groupKey: '{}:{alertname="Hot", host="a \\"b\\""}',
    truncatedAlerts: 0,
    receiver: 'tactus',
    groupLabels: labels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: '',
  };
  const alert = {
    labels,
    annotations,
    startsAt: '2023-11-14T22:13:20.000Z',
    generatorURL: '',
    fingerprint: 'f1',
  };
  assert.deepEqual(
    posts.map(({ body }) => body),
    [
      {
        ...group,
        status: 'firing',
        alerts: [{ ...alert, status: 'firing', endsAt: '0001-01-01T00:00:00Z' }],
      },
      {
        ...group,
        status: 'resolved',
        alerts: [{ ...alert, status: 'resolved', endsAt: '2023-11-14T22:14:20.000Z' }],
      },
    ],
  );
});

test('pending alerts, those that never fired, and tombstones are not posted', async () => {
  const { url, posts } = await target(ok);
  const { handler } = handlerFor(url);
  const neverFired = {
    state: 'resolved',
    endsAt: EPOCH,
    annotations: { resolution: 'never_fired' },
  } as const;
  assert.deepEqual(
    await send(handler, [alertOf('f1', { state: 'pending' }), alertOf('f1', neverFired), null]),
    [],
  );
  assert.deepEqual(posts, []);
});

for (const code of [500, 503, 429, 408]) {
  test(`after ${code} the same batch is tried again, from the alert that failed`, async () => {
    const { url, posts } = await target((response, post, nth) =>
      nth === 2 ? status(code)(response, post, nth) : ok(response, post, nth),
    );
    const { handler, outcomes } = handlerFor(url);
    const batch = [alertOf('f1'), alertOf('f2'), alertOf('f3')];
    await assert.rejects(send(handler, batch, 5), retriable);
    assert.deepEqual(await send(handler, batch, 5), []);
    assert.deepEqual(
      posts.map(({ body }) => body.alerts[0]?.fingerprint),
      ['f1', 'f2', 'f2', 'f3'],
    );
    assert.deepEqual(outcomes, ['delivered', 'failed', 'delivered', 'delivered']);
  });
}

test('another batch after one that failed is posted from its beginning', async () => {
  const { url, posts } = await target((response, post, nth) =>
    nth === 2 ? status(500)(response, post, nth) : ok(response, post, nth),
  );
  const { handler } = handlerFor(url);
  await assert.rejects(send(handler, [alertOf('f1'), alertOf('f2')], 5), retriable);
  await send(handler, [alertOf('f0'), alertOf('f1')], 4);
  assert.deepEqual(
    posts.map(({ body }) => body.alerts[0]?.fingerprint),
    ['f1', 'f2', 'f0', 'f1'],
  );
});

test('an alert that the target refuses is logged, counted and given up; the next one is posted', async () => {
  const { url, posts } = await target((response, post, nth) =>
    nth === 1 ? status(400)(response, post, nth) : ok(response, post, nth),
  );
  const { handler, outcomes, logged } = handlerFor(url);
  assert.deepEqual(await send(handler, [alertOf('f1'), alertOf('f2')]), []);
  assert.deepEqual(outcomes, ['given_up', 'delivered']);
  assert.equal(posts.length, 2);
  assert.match(logged.join(), /"fingerprint":"f1".*"status":400/);
});

test('a redirect is not followed', async () => {
  const elsewhere = await target(ok);
  const { url } = await target(status(307, { location: elsewhere.url }));
  const { handler, outcomes } = handlerFor(url);
  await send(handler, [alertOf('f1')]);
  assert.deepEqual(outcomes, ['given_up']);
  assert.deepEqual(elsewhere.posts, []);
});

test('a target that does not answer in time, or hangs up, or is not there, is tried again', async () => {
  const slow = await target(() => {});
  await assert.rejects(send(handlerFor(slow.url, 100).handler, [alertOf('f1')]), retriable);
  const rude = await target((response) => response.destroy());
  await assert.rejects(send(handlerFor(rude.url).handler, [alertOf('f1')]), retriable);
  const { url } = await target(ok);
  const gone = servers.pop();
  await new Promise((resolve) => gone?.close(resolve));
  const { handler, outcomes } = handlerFor(url);
  await assert.rejects(send(handler, [alertOf('f1')]), retriable);
  assert.deepEqual(outcomes, ['failed']);
});

test('a stop ends the wait for an answer', async () => {
  const { url } = await target(() => {});
  const stop = new AbortController();
  const sent = send(handlerFor(url, 60_000).handler, [alertOf('f1')], 0, stop.signal);
  stop.abort();
  await assert.rejects(sent, retriable);
});

test('a user in the address becomes basic authentication, and no message shows it', async () => {
  const { url, posts } = await target((response, post, nth) =>
    nth === 1 ? ok(response, post, nth) : status(500)(response, post, nth),
  );
  const { handler } = handlerFor(url.replace('http://', 'http://me:se%40cret@'));
  await send(handler, [alertOf('f1')]);
  assert.equal(posts[0]?.headers.authorization, `Basic ${Buffer.from('me:se@cret').toString('base64')}`);
  await assert.rejects(send(handler, [alertOf('f2')], 1), (error: Error) => !error.message.includes('cret'));
});

test('a record that cannot be decoded is refused, and the others are posted', async () => {
  const { url, posts } = await target(ok);
  const { handler } = handlerFor(url);
  const good = codecs.encoder('alerts').encode(alertOf('f1'));
  const batch = arrayBatch({ topic: 'alerts', records: [{ value: Buffer.from('junk') }, { value: good }] });
  const refusals = await handler.handle(batch, new AbortController().signal);
  assert.deepEqual(
    refusals.map(({ index, code }) => [index, code]),
    [[0, 'TACTUS_RECORD_BAD_MAGIC']],
  );
  assert.equal(posts.length, 1);
});
