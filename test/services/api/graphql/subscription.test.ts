import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { it, type TestContext } from 'node:test';
import { createClient } from 'graphql-sse';
import { until } from '../../../support/until.js';
import { type GraphqlAnswer, servingGraphql } from './serving.js';

async function serving(t: TestContext) {
  const served = await servingGraphql();
  t.after(() => served.app.close());
  const { hub, url } = served;
  let offset = 0;
  const point = (host: string, value: number, tenantId = 't') => {
    const key = hub.table.index.intern({ tenantId, metric: 'orders', tags: { host } });
    offset += 1;
    const one = { length: 1, keys: Int32Array.of(key), timestamps: [0], values: [value], offsets: [offset] };
    hub.points({ ...one, kinds: null }, 0);
  };
  /** Through a client that nobody here wrote. */
  const subscribe = (query: string) => {
    const client = createClient({ url, headers: { authorization: 'Bearer k' }, retryAttempts: 0 });
    const got: NonNullable<GraphqlAnswer['data']>[] = [];
    const errors: NonNullable<GraphqlAnswer['errors']>[number][] = [];
    const state = { complete: false };
    const done = () => {
      state.complete = true;
    };
    const stop = client.subscribe<GraphqlAnswer['data']>(
      { query },
      {
        next: (answer) => {
          if (answer.data) got.push(answer.data.live);
          errors.push(...((answer.errors ?? []) as unknown as typeof errors));
        },
        error: done,
        complete: done,
      },
    );
    return { got, errors, state, stop };
  };
  return { ...served, point, subscribe };
}

const LIVE = `subscription {
  live(metric: ["ord*"], tag: ["host=a"]) {
    __typename
    ... on Subscribed { series limited }
    ... on MetricUpdates { updates { metric tags value } }
    ... on WindowUpdates { updates { metric start } }
    ... on AlertChanged { alert { fingerprint } }
    ... on LiveStatus { staleSince }
  }
}`;

it('a subscription is sent what is known first, then what changes, of what it asks for', async (t) => {
  const { hub, point, subscribe } = await serving(t);
  const { got, stop, errors } = subscribe(LIVE);
  await until('the subscription', () => hub.clients.size === 1 && got.length === 1);
  assert.deepEqual(got, [{ __typename: 'Subscribed', series: 0, limited: false }]);
  point('b', 1);
  point('a', 2, 'other');
  point('a', 3);
  await until('a point', () => got.length === 2);
  const updates = [{ metric: 'orders', tags: { host: 'a' }, value: 3 }];
  assert.deepEqual(got[1], { __typename: 'MetricUpdates', updates });
  const second = subscribe(LIVE);
  await until('what is known', () => second.got.length === 2);
  assert.deepEqual(second.got[1], { __typename: 'MetricUpdates', updates });
  hub.stale(0);
  await until('its state', () => got.length === 3);
  assert.deepEqual(got[2], { __typename: 'LiveStatus', staleSince: '1970-01-01T00:00:00.000Z' });
  hub.stale(null);
  await until('its state again', () => got.length === 4);
  assert.deepEqual(got[3], { __typename: 'LiveStatus', staleSince: null });
  assert.deepEqual(errors, []);
  for (const each of [stop, second.stop]) each();
  await until('the clients to go', () => hub.clients.size === 0);
});

it('a subscription ends with why: a key that is revoked, a server that stops', async (t) => {
  const { hub, service, state, subscribe } = await serving(t);
  const revoked = subscribe(LIVE);
  await until('the subscription', () => revoked.got.length === 1);
  state.inForce = false;
  await until('the end', () => revoked.state.complete);
  assert.deepEqual(
    revoked.errors.map(({ message, extensions }) => [message, extensions]),
    [['the token is revoked', { code: 'TACTUS_CREDENTIALS_REFUSED', status: 401 }]],
  );
  assert.equal(hub.clients.size, 0);
  state.inForce = true;
  const stopped = subscribe(LIVE);
  await until('the other subscription', () => stopped.got.length === 1);
  service.stop();
  await until('its end', () => stopped.state.complete);
  assert.deepEqual(stopped.errors[0]?.extensions.code, 'TACTUS_API_OVERLOADED');
  const late = subscribe(LIVE);
  await until('who comes late to be refused', () => late.state.complete);
  assert.deepEqual(late.errors[0]?.extensions, { code: 'TACTUS_API_OVERLOADED', status: 503 });
});

it('a subscription is refused by name where it asks for what it may not, or too much', async (t) => {
  const { hub, subscribe, state } = await serving(t);
  for (const [query, code] of [
    ['subscription { live(tenantId: "other") { __typename } }', 'TACTUS_NOT_ALLOWED'],
    ['subscription { live(tag: ["host"]) { __typename } }', 'TACTUS_REQUEST_INVALID'],
    [
      `subscription { live(metric: ${JSON.stringify(Array(11).fill('a*'))}) { __typename } }`,
      'TACTUS_REQUEST_INVALID',
    ],
    ['subscription { a: live { __typename } b: live { __typename } }', 'TACTUS_REQUEST_INVALID'],
    ['subscription { live @skip(if: true) { __typename } }', 'TACTUS_REQUEST_INVALID'],
    ['subscription { ... @include(if: false) { live { __typename } } }', 'TACTUS_REQUEST_INVALID'],
  ] as const) {
    const { errors, state: asked } = subscribe(query);
    await until('the end', () => asked.complete);
    assert.equal(errors[0]?.extensions.code, code, query);
  }
  assert.equal(hub.clients.size, 0);
  assert.equal(state.failed, 0, 'none of them is a fault');
});

it('a subscription whose answer cannot be sent leaves no client behind', async (t) => {
  const { hub, post } = await serving(t);
  const { status, body } = await post(
    { query: 'subscription { live { __typename } }' },
    { accept: 'application/json' },
  );
  assert.equal(status, 406);
  assert.match(JSON.stringify(body), /"code":"TACTUS_REQUEST_INVALID","detail":"the header Accept: /);
  assert.equal(hub.clients.size, 0);
});

it('a client that reads nothing is sent no more than fits on the way, and is cut off', async (t) => {
  const { hub, point, url } = await serving(t);
  const body = JSON.stringify({
    query: 'subscription { live { ... on MetricUpdates { updates { value tags } } } }',
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await until('the subscription', () => hub.clients.size === 1);
  const closed = once(socket, 'close');
  const host = 'h'.repeat(20_000);
  let value = 0;
  const sending = setInterval(() => {
    for (let i = 0; i < 20; i += 1) point(`${host}${i}`, ++value);
  }, 5);
  t.after(() => clearInterval(sending));
  await until('the client to be closed', () => hub.counts.slow === 1);
  assert.equal(hub.clients.size, 0);
  socket.destroy();
  await closed;
});
