import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { Attempt, ChannelSettings } from '../../../../services/alerting/notify/channel.js';
import type { Notification } from '../../../../services/alerting/notify/notification.js';
import { senderOf } from '../../../../services/alerting/notify/senders.js';
import { alertTargets } from '../../../../services/alerting/notify/targets.js';
import { EPOCH } from '../../../shared/alerting/helpers.js';
import { alertOf, notificationOf, resolved } from './helpers.js';
import { HttpReceiver, MailReceiver } from './receivers.js';

const local = alertTargets('127.0.0.0/8');
const common = { name: 'ops', timeoutMs: 2_000, maxPerMinute: 60, sendResolved: true };
const hot = notificationOf(
  [alertOf('a', { annotations: { summary: 'a <b> & c' } })],
  [resolved(alertOf('b'))],
);
const over = notificationOf([], [resolved(alertOf('a'))]);
let http: HttpReceiver;

before(async () => {
  http = await HttpReceiver.start();
});
after(() => http.stop());

async function notify(
  settings: ChannelSettings,
  notification: Notification = hot,
  targets = local,
): Promise<Attempt> {
  return await senderOf(settings, targets)(notification, EPOCH, new AbortController().signal);
}

const webhook = (more: object = {}): ChannelSettings => ({
  ...common,
  type: 'webhook',
  url: http.url,
  authorization: '',
  ...more,
});

test("a webhook gets Alertmanager's payload, and an id that identifies repetitions", async () => {
  assert.deepEqual(await notify(webhook({ authorization: 'Bearer s3cret' })), { outcome: 'delivered' });
  const { headers, body } = http.last;
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['idempotency-key'], hot.id);
  assert.equal(headers.authorization, 'Bearer s3cret');
  const { alerts, ...group } = body as { alerts: Record<string, unknown>[] };
  const labels = { alertname: 'Hot', tenant: 'acme', severity: 'warning' };
  assert.deepEqual(group, {
    version: '4',
    groupKey: '{}:{alertname="Hot"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'ops',
    groupLabels: { alertname: 'Hot', tenant: 'acme' },
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: '',
  });
  assert.deepEqual(alerts[0], {
    status: 'firing',
    labels: { ...labels, host: 'a' },
    annotations: { summary: 'a <b> & c' },
    startsAt: '2023-11-14T22:13:20.000Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint: 'a',
  });
  assert.deepEqual([alerts[1]?.status, alerts[1]?.endsAt], ['resolved', '2023-11-14T22:14:20.000Z']);
});

test('a user in the address becomes basic authentication, and no reason shows it', async () => {
  const url = http.url.replace('http://', 'http://me:se%40cret@');
  await notify(webhook({ url }));
  assert.equal(http.last.headers.authorization, `Basic ${Buffer.from('me:se@cret').toString('base64')}`);
  const gone = await notify(webhook({ url: 'http://me:se%40cret@127.0.0.1:9/' }));
  assert.equal(gone.outcome, 'failed');
  assert.doesNotMatch(JSON.stringify(gone), /cret/);
});

test('Slack gets text that cannot mention anybody, coloured by severity', async () => {
  const settings: ChannelSettings = { ...common, type: 'slack', url: http.url };
  assert.equal((await notify(settings)).outcome, 'delivered');
  assert.deepEqual(http.last.body, {
    text: '[FIRING: 1] Hot (tenant=acme)',
    attachments: [
      {
        color: '#e69f00',
        fallback: '[FIRING: 1] Hot (tenant=acme)',
        text: 'warning: a &lt;b&gt; &amp; c [a]\nresolved: b is hot [b]',
      },
    ],
  });
});

test('PagerDuty gets an incident for each group, and its end', async () => {
  const settings: ChannelSettings = {
    ...common,
    type: 'pagerduty',
    url: http.url,
    routingKey: 'k'.repeat(32),
  };
  await notify(settings);
  const trigger = http.last.body as { dedup_key: string; payload: Record<string, unknown> };
  assert.match(trigger.dedup_key, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    { ...trigger, payload: { ...trigger.payload, custom_details: null } },
    {
      routing_key: 'k'.repeat(32),
      dedup_key: trigger.dedup_key,
      event_action: 'trigger',
      client: 'Tactus',
      payload: {
        summary: '[FIRING: 1] Hot (tenant=acme) a <b> & c',
        source: 'a',
        severity: 'warning',
        timestamp: '2023-11-14T22:13:20.000Z',
        custom_details: null,
      },
    },
  );
  await notify(settings, over);
  assert.deepEqual(http.last.body, {
    routing_key: 'k'.repeat(32),
    dedup_key: trigger.dedup_key,
    event_action: 'resolve',
  });
});

test('PagerDuty gets a source also of an alert whose host is an empty text, which it would refuse for good', async () => {
  const settings: ChannelSettings = { ...common, type: 'pagerduty', url: http.url, routingKey: 'k' };
  await notify(settings, notificationOf([alertOf('a', { labels: { host: '' } })]));
  const { payload } = http.last.body as { payload: { source: string } };
  assert.equal(payload.source, 'acme');
});

test('an action is signed over its time and body', async () => {
  const settings: ChannelSettings = {
    ...common,
    type: 'action',
    action: 'scale_up',
    url: http.url,
    secret: 'shh',
  };
  assert.equal((await notify(settings)).outcome, 'delivered');
  const { headers, body } = http.last;
  assert.deepEqual([body.action, body.delivery, body.status], ['scale_up', hot.id, 'firing']);
  const timestamp = headers['x-tactus-timestamp'];
  assert.equal(timestamp, String(EPOCH / 1_000));
  const expected = createHmac('sha256', 'shh')
    .update(`${timestamp}.${http.posts.at(-1)?.text}`)
    .digest('hex');
  assert.equal(headers['x-tactus-signature'], `sha256=${expected}`);
});

test('an answer says whether trying again makes sense, and when', async () => {
  const cases: [status: number, headers: Record<string, string>, expected: Attempt][] = [
    [204, {}, { outcome: 'delivered' }],
    [500, {}, { outcome: 'failed', reason: 'it answered 500', retryAfterMs: null }],
    [429, { 'retry-after': '7' }, { outcome: 'failed', reason: 'it answered 429', retryAfterMs: 7_000 }],
    [
      503,
      { 'retry-after': '999999' },
      { outcome: 'failed', reason: 'it answered 503', retryAfterMs: 3_600_000 },
    ],
    [401, {}, { outcome: 'failed', reason: 'it answered 401', retryAfterMs: null }],
    [400, {}, { outcome: 'refused', reason: 'it answered 400' }],
  ];
  for (const [status, headers, expected] of cases) {
    http.answer = (response) => response.writeHead(status, headers).end();
    assert.deepEqual(await notify(webhook()), expected);
  }
});

test('a redirect is not followed', async () => {
  const elsewhere = await HttpReceiver.start();
  http.answer = (response) => response.writeHead(307, { location: elsewhere.url }).end();
  assert.equal((await notify(webhook())).outcome, 'failed');
  assert.deepEqual(elsewhere.posts, []);
  await elsewhere.stop();
});

test('a target that is silent, hangs up or is not there fails; one that drips its answer does not', async () => {
  http.answer = () => {};
  const slow = await notify(webhook({ timeoutMs: 100 }));
  assert.ok(slow.outcome === 'failed');
  assert.match(slow.reason, /^127\.0\.0\.1:\d+: no answer within 100 ms$/);
  http.answer = (response) => response.destroy();
  assert.equal((await notify(webhook())).outcome, 'failed');
  http.answer = (response) => response.writeHead(200).write('never ends');
  assert.equal((await notify(webhook())).outcome, 'delivered');
  const gone = await HttpReceiver.start();
  const { url } = gone;
  await gone.stop();
  const refused = await notify(webhook({ url }));
  assert.ok(refused.outcome === 'failed');
  assert.match(refused.reason, /ECONNREFUSED/);
});

test('a stop ends the wait for an answer', async () => {
  http.answer = () => {};
  const stop = new AbortController();
  const sent = senderOf(webhook({ timeoutMs: 60_000 }), local)(hot, EPOCH, stop.signal);
  stop.abort();
  assert.equal((await sent).outcome, 'failed');
});

test('nothing is sent to an address that is not public, whatever its name, unless it is allowed', async () => {
  const before = http.posts.length;
  const strict = alertTargets('');
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433', '[::ffff:127.0.0.1]']) {
    const attempt = await notify(webhook({ url: `http://${host}:${http.port}/` }), hot, strict);
    assert.ok(attempt.outcome === 'failed', host);
    assert.match(attempt.reason, /is not public; TACTUS_ALERT_ALLOWED_NETWORKS allows/);
  }
  const mail: ChannelSettings = {
    ...common,
    type: 'email',
    server: 'smtp://localhost:25',
    user: '',
    password: '',
    from: 'a@b.c',
    to: ['d@e.f'],
  };
  assert.match(JSON.stringify(await notify(mail, hot, strict)), /not public/);
  assert.equal(http.posts.length, before);
  http.answer = (response) => response.end();
  assert.equal((await notify(webhook({ url: `http://localhost:${http.port}/` }))).outcome, 'delivered');
  assert.equal(http.last.headers.host, `localhost:${http.port}`);
});

test('addresses are classified by what they are, in whatever way they are written', () => {
  const targets = alertTargets('10.1.0.0/16,fd00::/8');
  const refused = [
    '10.2.0.1',
    '192.168.1.1',
    '172.31.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
  ];
  const refused6 = [
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    '::ffff:10.2.0.1',
    '::ffff:a02:1',
    '64:ff9b::a02:1',
    '2002:a02:1::',
    'ff02::1',
  ];
  for (const address of [...refused, ...refused6]) assert.equal(targets.allows(address), false, address);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '8.8.8.8', '2606:4700::1111'])
    assert.equal(targets.allows(address), true, address);
});

test('mail has a subject, a line for each alert and an id that identifies repetitions', async () => {
  const server = new MailReceiver();
  const port = await server.start();
  const settings: ChannelSettings = {
    ...common,
    type: 'email',
    server: `smtp://127.0.0.1:${port}`,
    user: '',
    password: '',
    from: 'tactus@example.com',
    to: ['ops@example.com', 'boss@example.com'],
  };
  assert.deepEqual(await notify(settings), { outcome: 'delivered' });
  const [mail] = server.mails;
  assert.deepEqual(mail?.to, ['ops@example.com', 'boss@example.com']);
  assert.match(mail?.text ?? '', /^Subject: \[FIRING: 1\] Hot \(tenant=acme\)\r$/m);
  assert.match(mail?.text ?? '', /^Message-ID: <b7c1@tactus>\r$/m);
  assert.match(mail?.text ?? '', /^warning: a <b> & c \[a\]\r\nresolved: b is hot \[b\]\r$/m);

  const injected = notificationOf([alertOf('a')], [], {
    groupLabels: { alertname: 'x\r\nBcc: evil@example.com' },
  });
  await notify(settings, injected);
  assert.doesNotMatch(server.mails[1]?.text ?? '', /^Bcc:/m);

  server.refuse = { code: 451, text: 'later' };
  assert.equal((await notify(settings)).outcome, 'failed');
  server.refuse = { code: 554, text: 'no' };
  assert.deepEqual(await notify(settings), { outcome: 'refused', reason: 'it answered 554' });
  await server.stop();
  assert.equal((await notify(settings)).outcome, 'failed');
});

test('a password is not sent over a line without TLS, and a mail server that says nothing is given up', async () => {
  const server = new MailReceiver({ password: 'x' });
  const settings: ChannelSettings = {
    ...common,
    timeoutMs: 300,
    type: 'email',
    server: `smtp://127.0.0.1:${await server.start()}`,
    user: 'me',
    password: 'x',
    from: 'tactus@example.com',
    to: ['ops@example.com'],
  };
  assert.equal((await notify(settings)).outcome, 'failed');
  assert.deepEqual(server.mails, []);
  await server.stop();

  const sockets: Socket[] = [];
  const mute = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const { port } = mute.address() as { port: number };
  const attempt = await notify({ ...settings, server: `smtp://127.0.0.1:${port}` });
  assert.equal(attempt.outcome, 'failed');
  for (const socket of sockets) socket.destroy();
  mute.close();
});

test('a mail server that drips its answers, or says very much, is given up in time and in few words', async () => {
  const sockets: Socket[] = [];
  const timers: NodeJS.Timeout[] = [];
  let speak = (socket: Socket) => {
    socket.write('220 hello\r\n250-');
    timers.push(setInterval(() => socket.write('x'), 50));
  };
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const settings: ChannelSettings = {
    ...{
      ...common,
      timeoutMs: 200,
      type: 'email',
      server: `smtp://127.0.0.1:${port}`,
      user: '',
      password: '',
    },
    ...{ from: 'tactus@example.com', to: ['ops@example.com'] },
  };
  const dripped = await notify(settings);
  assert.deepEqual(dripped, {
    ...{ outcome: 'failed', reason: `127.0.0.1:${port}: no answer within 400 ms`, retryAfterMs: null },
  });
  speak = (socket) => socket.write(`554 ${'x'.repeat(10_000)}\r\n`);
  const talked = await notify(settings);
  assert.ok(talked.outcome === 'failed' && talked.reason.length < 700, JSON.stringify(talked).slice(0, 100));
  for (const timer of timers) clearInterval(timer);
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('a name and a password in an address may hold signs of per cent that escape nothing', async () => {
  const url = http.url.replace('http://', 'http://us%65r:50%25%20of%z%ff@');
  assert.deepEqual(await notify(webhook({ url })), { outcome: 'delivered' });
  const [, credentials = ''] = http.last.headers.authorization?.split(' ') ?? [];
  assert.equal(Buffer.from(credentials, 'base64').toString(), 'user:50% of%z%ff');
  assert.deepEqual(await notify(webhook({ url: http.url.replace('http://', 'http://a:b%40c@') })), {
    outcome: 'delivered',
  });
  const [, decoded = ''] = http.last.headers.authorization?.split(' ') ?? [];
  assert.equal(Buffer.from(decoded, 'base64').toString(), 'a:b@c');
});
