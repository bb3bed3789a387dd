import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveHub } from '../../../../services/api/live/live-hub.js';
import type { LiveLimits } from '../../../../services/api/live/live-limits.js';
import { type LiveCaller, LiveSession } from '../../../../services/api/live/session.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { LIMITS } from './hub-fixture.js';

/** A caller as a test wants it: it may read what `tenants` has, for as long as it is `valid`. */
class TestCaller implements LiveCaller {
  valid = true;
  tenants = new Set(['t']);
  readonly tenantId: string;

  constructor(
    readonly expiresAt: number | null = null,
    tenantId = 't',
  ) {
    this.tenantId = tenantId;
  }

  may(_right: 'read', tenantId: string): boolean {
    return this.tenants.has(tenantId);
  }

  inForce(): boolean {
    return this.valid;
  }
}

function sessionOf(
  callers: Readonly<Record<string, LiveCaller>>,
  {
    limits = {},
    maxSubscriptions = 3,
    shared,
  }: { limits?: Partial<LiveLimits>; maxSubscriptions?: number; shared?: LiveHub } = {},
) {
  const state = { now: 0, pings: 0, buffered: 0, failures: [] as unknown[] };
  const sent: ({ type: string; [field: string]: unknown } | 'pong')[] = [];
  const closings: number[] = [];
  const hub = shared ?? new LiveHub({ ...LIMITS, ...limits }, () => state.now);
  const session = new LiveSession({
    hub,
    socket: {
      buffered: () => state.buffered,
      send: (_type, text) => sent.push(text === 'pong' ? text : JSON.parse(text)),
      close: ({ code }) => closings.push(code),
      ping: () => {
        state.pings += 1;
        return false;
      },
    },
    authenticate: async (token) => {
      await Promise.resolve();
      const caller = callers[token];
      if (caller === undefined) throw new TactusError('TACTUS_CREDENTIALS_REFUSED', 'unknown');
      return caller;
    },
    now: () => state.now,
    maxSubscriptions,
    failed: (error) => state.failures.push(error),
  });
  session.wait();
  const say = async (message: object | string) => {
    session.receive(typeof message === 'string' ? message : JSON.stringify(message));
    // Checking a token is the only thing that is waited for.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { session, say, sent, closings, hub, state };
}

test('the token comes first, and what is sent with it waits until it is known', async () => {
  const { session, say, sent, hub } = sessionOf({ key: new TestCaller(5_000) });
  await say({ type: 'subscribe' });
  assert.deepEqual(sent.pop(), {
    type: 'error',
    code: 'TACTUS_CREDENTIALS_REFUSED',
    message: 'send {"type":"auth","token":…} before anything else',
    id: '1',
  });
  session.receive('{"type":"auth","token":"key"}');
  session.receive('{"type":"subscribe","metric":"cpu"}');
  await say('ping');
  assert.deepEqual(sent, [
    'pong',
    { type: 'authenticated', expiresAt: '1970-01-01T00:00:05.000Z' },
    { type: 'subscribed', id: '2', tenantId: 't', series: 0, limited: false },
  ]);
  await say({ type: 'unsubscribe', id: '2' });
  await say({ type: 'unsubscribe', id: '2' });
  assert.deepEqual(
    sent.slice(3).map((message) => message !== 'pong' && message.type),
    ['unsubscribed', 'error'],
  );
  assert.equal(hub.subscriptions, 0);
});

test('without a token, or with a wrong one, the connection is closed', async () => {
  const silent = sessionOf({});
  silent.state.now = 9_999;
  silent.session.second();
  assert.deepEqual(silent.closings, []);
  silent.state.now = 10_000;
  silent.session.second();
  assert.deepEqual(silent.closings, [4001]);
  assert.equal(silent.hub.clients.size, 0);
  const wrong = sessionOf({});
  await wrong.say({ type: 'auth', token: 'secret' });
  assert.deepEqual(wrong.closings, [4001]);
  assert.ok(!JSON.stringify(wrong.sent).includes('secret'));
});

test('it ends when the token does, unless another one was sent', async () => {
  const { session, say, sent, closings, state } = sessionOf({
    first: new TestCaller(5_000),
    second: new TestCaller(10_000),
  });
  await say({ type: 'auth', token: 'first' });
  await say({ type: 'auth', token: 'wrong' });
  assert.deepEqual(
    sent.map((message) => message !== 'pong' && message.type),
    ['authenticated', 'error'],
  );
  await say({ type: 'auth', token: 'second' });
  state.now = 5_000;
  session.second();
  assert.deepEqual(closings, []);
  state.now = 10_000;
  session.second();
  assert.deepEqual(closings, [4002]);
});

test('what is revoked is cut off with the next second', async () => {
  const caller = new TestCaller();
  caller.tenants.add('u');
  const { session, say, sent, closings, hub } = sessionOf({ key: caller });
  await say({ type: 'auth', token: 'key' });
  await say({ type: 'subscribe', id: 'a' });
  await say({ type: 'subscribe', id: 'b', tenantId: 'u' });
  caller.tenants.delete('u');
  session.second();
  assert.deepEqual(closings, []);
  assert.deepEqual(
    sent.slice(3).map((message) => message !== 'pong' && [message.type, message.id]),
    [
      ['unsubscribed', 'b'],
      ['error', 'b'],
    ],
  );
  assert.equal(hub.subscriptions, 1);
  caller.valid = false;
  session.second();
  assert.deepEqual(closings, [4003]);
  assert.equal(hub.clients.size, 0);
});

test('a tenant has to be named where there are several, and one of these', async () => {
  const caller = new TestCaller(null, '*');
  const { say, sent } = sessionOf({ key: caller });
  await say({ type: 'auth', token: 'key' });
  for (const tenantId of [undefined, '*', 'other', 't']) await say({ type: 'subscribe', tenantId });
  assert.deepEqual(
    sent.slice(1).map((message) => message !== 'pong' && (message.code ?? message.type)),
    ['TACTUS_REQUEST_INVALID', 'TACTUS_REQUEST_INVALID', 'TACTUS_NOT_ALLOWED', 'subscribed'],
  );
});

test('subscriptions and messages are limited', async () => {
  const { session, say, sent, closings } = sessionOf({ key: new TestCaller() }, { maxSubscriptions: 1 });
  await say({ type: 'auth', token: 'key' });
  await say({ type: 'subscribe', id: 'a' });
  await say({ type: 'subscribe', id: 'b' });
  await say({ type: 'subscribe', id: 'a' });
  assert.deepEqual(
    sent.slice(1).map((message) => message !== 'pong' && message.type),
    ['subscribed', 'error', 'subscribed'],
  );
  for (let i = 0; i < 196; i++) session.receive('ping');
  assert.deepEqual(closings, []);
  session.receive('ping');
  assert.deepEqual(closings, [4029]);
});

test('subscriptions are fewer than messages, whatever becomes of them', async () => {
  const { session, say, closings } = sessionOf({ key: new TestCaller() });
  await say({ type: 'auth', token: 'key' });
  for (let i = 0; i < 60; i++) session.receive('{"type":"subscribe","id":"a"}');
  session.second();
  for (let i = 0; i < 5; i++) session.receive('{"type":"subscribe","id":"a"}');
  session.receive('ping');
  assert.deepEqual(closings, []);
  session.receive('{"type":"subscribe","id":"a"}');
  assert.deepEqual(closings, [4029]);
});

test('subscriptions keep no more text than one message may have', async () => {
  const { say, sent, closings } = sessionOf({ key: new TestCaller() }, { maxSubscriptions: 10 });
  await say({ type: 'auth', token: 'key' });
  const metrics = Array.from({ length: 100 }, (_, i) => String(i).padStart(256, 'm'));
  for (const id of ['a', 'b', 'b', 'c']) await say({ type: 'subscribe', id, metrics });
  const answers = sent.slice(1).map((message) => (message === 'pong' ? message : message.type));
  assert.deepEqual(answers, ['subscribed', 'subscribed', 'subscribed', 'error']);
  assert.match(JSON.stringify(sent.at(-1)), /of 76800 characters; allowed are 65536 in all/);
  await say({ type: 'unsubscribe', id: 'a' });
  await say({ type: 'subscribe', id: 'c', metrics });
  assert.equal(JSON.stringify(sent.at(-1)).includes('"subscribed"'), true);
  assert.deepEqual(closings, []);
});

test('messages that wait for a token are few', async () => {
  const { session, closings } = sessionOf({ key: new TestCaller() });
  session.receive('{"type":"auth","token":"key"}');
  for (let i = 0; i < 32; i++) session.receive('{"type":"subscribe"}');
  assert.deepEqual(closings, []);
  session.receive('{"type":"subscribe"}');
  assert.deepEqual(closings, [4029]);
  await new Promise((resolve) => setImmediate(resolve));
});

test('the other side is asked for a sign of life, and closed without one', async () => {
  const { session, say, closings, state } = sessionOf({ key: new TestCaller() });
  await say({ type: 'auth', token: 'key' });
  for (let second = 0; second < 20; second++) session.second();
  assert.equal(state.pings, 1);
  session.alive();
  for (let second = 0; second < 20; second++) session.second();
  assert.equal(state.pings, 2);
  assert.deepEqual(closings, []);
  for (let second = 0; second < 20; second++) session.second();
  assert.deepEqual(closings, [4008]);
});

test('who sends what is no message, and reads nothing, is closed', async () => {
  const { session, say, closings, state, hub } = sessionOf(
    { key: new TestCaller() },
    { limits: { slowCloseMs: 2_000, maxBufferedBytes: 100 } },
  );
  await say({ type: 'auth', token: 'key' });
  session.second();
  state.buffered = 101;
  for (let second = 0; second < 2; second++) session.second();
  state.buffered = 100;
  session.second();
  state.buffered = 101;
  for (let second = 0; second < 2; second++) session.second();
  assert.deepEqual(closings, [], 'it has read in between');
  for (const client of hub.clients) client.sentAt = 1;
  for (let second = 0; second < 3; second++) session.second();
  assert.deepEqual(closings, [], 'the hub could send it something in between');
  session.second();
  assert.deepEqual(closings, [4008]);
});

test('one client too many is refused, of all or of one tenant, once it is known who it is', async () => {
  const callers = { t: new TestCaller(), u: new TestCaller(null, 'u'), v: new TestCaller(null, 'v') };
  const hub = new LiveHub({ ...LIMITS, maxClients: 2 }, () => 0);
  const enter = async (token: string) => {
    const made = sessionOf(callers, { shared: hub });
    await made.say({ type: 'auth', token });
    return made;
  };
  const strangers = [sessionOf(callers, { shared: hub }), sessionOf(callers, { shared: hub })];
  assert.equal(hub.clients.size, 0, 'who has shown no token takes no place');
  const first = await enter('t');
  assert.deepEqual((await enter('t')).closings, [1013], 'a second one of the tenant');
  assert.deepEqual((await enter('u')).closings, []);
  assert.deepEqual((await enter('v')).closings, [1013], 'a third one');
  first.session.ended();
  assert.deepEqual((await enter('t')).closings, []);
  assert.deepEqual(
    strangers.flatMap(({ closings }) => closings),
    [],
  );
});

test('connections without a token are bounded too, and give their places back', async () => {
  const hub = new LiveHub(LIMITS, () => 0);
  const enter = () => sessionOf({ key: new TestCaller() }, { shared: hub });
  const [known, gone] = [enter(), enter()];
  for (let i = 2; i < 500; i++) enter();
  assert.deepEqual(enter().closings, [1013]);
  await known.say({ type: 'auth', token: 'key' });
  assert.deepEqual(enter().closings, []);
  assert.deepEqual(enter().closings, [1013]);
  gone.session.ended();
  gone.session.ended();
  assert.deepEqual(enter().closings, []);
  assert.deepEqual(enter().closings, [1013]);
});

test('who has gone while the token was checked takes no place', async () => {
  const { session, hub, sent } = sessionOf({ key: new TestCaller() });
  session.present('key');
  session.ended();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(hub.clients.size, 0);
  assert.deepEqual(sent, []);
});
