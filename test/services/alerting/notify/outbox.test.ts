import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelSettings } from '../../../../services/alerting/notify/channel.js';
import { Outbox } from '../../../../services/alerting/notify/outbox.js';
import { alertOf, FakeLine, notificationOf, resolved } from './helpers.js';

const settings = (more: Partial<ChannelSettings> = {}): ChannelSettings =>
  ({
    name: 'ops',
    type: 'webhook',
    url: 'https://example.com',
    authorization: '',
    timeoutMs: 1_000,
    maxPerMinute: 6_000,
    sendResolved: true,
    ...more,
  }) as ChannelSettings;

function outboxOf(more: Partial<ChannelSettings> = {}) {
  const line = new FakeLine();
  const seen = { attempts: [] as string[], calls: [] as string[], circuit: '' };
  const observer = {
    attempted: (_: unknown, outcome: string) => seen.attempts.push(outcome),
    call: (_: string, outcome: string) => seen.calls.push(outcome),
    state: (_: string, circuit: string) => {
      seen.circuit = circuit;
    },
  };
  const lines = [{ settings: settings(more), send: line.send }];
  const outbox = new Outbox(lines, observer, () => 0.5, new AbortController().signal);
  return { outbox, line, seen };
}

const FAILED = { outcome: 'failed', reason: 'down', retryAfterMs: null } as const;
const DELIVERED = { outcome: 'delivered' } as const;
const hot = notificationOf([alertOf('a')]);

test('one notification is under way at a time; what was delivered is given back once', async () => {
  const { outbox, line } = outboxOf();
  outbox.offer(hot);
  outbox.offer(notificationOf([alertOf('b')], [], { groupKey: 'other' }));
  outbox.pump(0);
  outbox.pump(1);
  assert.equal(line.calls.length, 1);
  await line.answer(DELIVERED);
  assert.deepEqual(outbox.take(), [hot]);
  assert.deepEqual(outbox.take(), []);
  outbox.pump(2);
  assert.equal(line.calls[1]?.groupKey, 'other');
});

test('what fails is tried again after a growing pause, with what is true by then', async () => {
  const { outbox, line, seen } = outboxOf();
  outbox.offer(hot);
  outbox.pump(0);
  await line.answer(FAILED);
  assert.deepEqual(outbox.take(), []);
  outbox.pump(100);
  assert.equal(line.calls.length, 1);
  const newer = notificationOf([], [resolved(alertOf('a'))]);
  outbox.offer(newer);
  outbox.pump(2_000);
  assert.equal(line.calls[1], newer);
  await line.answer(DELIVERED);
  assert.deepEqual(outbox.take(), [newer]);
  assert.deepEqual(seen.attempts, ['failed', 'delivered']);
});

test('what is no longer wanted is not tried again', async () => {
  const { outbox, line } = outboxOf();
  outbox.offer(hot);
  outbox.pump(0);
  outbox.withdraw(hot.groupKey, 'ops');
  await line.answer(FAILED);
  outbox.withdraw(hot.groupKey, 'ops');
  outbox.pump(100_000);
  assert.equal(line.calls.length, 1);
});

test('a newer notification that comes while one is under way is sent after it', async () => {
  const { outbox, line } = outboxOf();
  outbox.offer(hot);
  outbox.pump(0);
  const newer = notificationOf([alertOf('a'), alertOf('b')], [], { id: 'newer' });
  outbox.offer(newer);
  await line.answer(DELIVERED);
  outbox.pump(1);
  await line.answer(DELIVERED);
  assert.deepEqual(outbox.take(), [hot, newer]);
});

test('what is offered again while it is under way is not sent twice', async () => {
  const { outbox, line } = outboxOf();
  outbox.offer(hot);
  outbox.pump(0);
  outbox.offer({ ...hot });
  await line.answer(DELIVERED);
  outbox.pump(1);
  assert.equal(line.calls.length, 1);
});

test('a notification that is rejected permanently is given up, and counts as delivered', async () => {
  const { outbox, line, seen } = outboxOf();
  outbox.offer(hot);
  outbox.pump(0);
  await line.answer({ outcome: 'refused', reason: 'it answered 400' });
  assert.deepEqual(outbox.take(), [hot]);
  assert.deepEqual(seen, { attempts: ['given_up'], calls: ['success'], circuit: 'closed' });
});

test('after five failures in a row the circuit is open, then one call decides', async () => {
  const { outbox, line, seen } = outboxOf();
  outbox.offer(hot);
  let now = 0;
  for (let n = 0; n < 5; n++) {
    now += 60_000;
    outbox.pump(now);
    await line.answer(FAILED);
  }
  now += 29_000;
  outbox.pump(now);
  outbox.pump(now);
  assert.equal(seen.circuit, 'open');
  assert.equal(line.calls.length, 5);
  now += 60_000;
  outbox.pump(now);
  assert.equal(seen.circuit, 'half_open');
  assert.equal(line.calls.length, 6);
  await line.answer(DELIVERED);
  outbox.pump(now + 1);
  assert.equal(seen.circuit, 'closed');
  assert.deepEqual(seen.calls, [...Array(5).fill('failure'), 'rejected', 'success']);
});

test('a target that says when to come back is left alone until then, and its circuit stays closed', async () => {
  const { outbox, line, seen } = outboxOf();
  outbox.offer(hot);
  outbox.pump(0);
  await line.answer({ outcome: 'failed', reason: 'it answered 429', retryAfterMs: 120_000 });
  outbox.offer(notificationOf([alertOf('b')], [], { groupKey: 'other' }));
  outbox.pump(119_000);
  assert.equal(line.calls.length, 1);
  outbox.pump(121_000);
  assert.equal(line.calls.length, 2);
  assert.equal(seen.circuit, 'closed');
});

test('beyond the rate cap notifications wait, and none is lost', async () => {
  const { outbox, line } = outboxOf({ maxPerMinute: 2 });
  for (const key of ['1', '2', '3']) outbox.offer(notificationOf([alertOf('a')], [], { groupKey: key }));
  for (let n = 0; n < 10; n++) {
    outbox.pump(n);
    await line.answer(DELIVERED);
  }
  assert.equal(line.calls.length, 2);
  outbox.pump(30_010);
  assert.equal(line.calls.length, 3);
});

test('a channel without sendResolved gets no ends, and they count as delivered', () => {
  const { outbox, line } = outboxOf({ sendResolved: false });
  const over = notificationOf([], [resolved(alertOf('a'))]);
  outbox.offer(over);
  outbox.pump(0);
  assert.deepEqual(outbox.take(), [over]);
  assert.deepEqual(line.calls, []);
});

test('what ends after the outbox was closed is not heard of', async () => {
  const { outbox, line } = outboxOf();
  outbox.offer(hot);
  outbox.pump(0);
  outbox.close();
  await line.answer(DELIVERED);
  assert.deepEqual(outbox.take(), []);
});

test('attempts that have ended are given out once, with how often it was tried and the type of the channel', async () => {
  const { outbox, line } = outboxOf();
  outbox.offer(hot);
  outbox.pump(0);
  await line.answer(FAILED);
  outbox.pump(10_000);
  await line.answer({ outcome: 'refused', reason: 'it answered 400' });
  const attempts = outbox.takeAttempts();
  assert.deepEqual(
    attempts.map(({ kind, outcome, attempts }) => [kind, outcome, attempts]),
    [
      ['webhook', 'failed', 1],
      ['webhook', 'given_up', 2],
    ],
  );
  assert.ok(attempts.every(({ at }) => Number.isInteger(at)));
  assert.deepEqual(outbox.takeAttempts(), []);
});

test('an action is not called again because an alert flaps, others are notified', () => {
  for (const [type, calls] of [
    ['action', 0],
    ['slack', 1],
  ] as const) {
    const { outbox, line } = outboxOf({ type } as Partial<ChannelSettings>);
    const flaps = notificationOf([alertOf('a')], [], { noneBegins: true, flaps: true });
    outbox.offer(flaps);
    outbox.pump(0);
    assert.deepEqual(outbox.take(), calls === 0 ? [flaps] : []);
    assert.equal(line.calls.length, calls);
  }
});

test('a channel without sendResolved is not sent the ends among what fires, nor anything because of them', async () => {
  const { outbox, line } = outboxOf({ sendResolved: false });
  const [fires, over] = [[alertOf('a')], [resolved(alertOf('b'))]];
  const both = notificationOf(fires, over);
  outbox.offer(both);
  outbox.pump(0);
  assert.deepEqual(line.calls, [{ ...both, resolved: [] }]);
  await line.answer(DELIVERED);
  assert.deepEqual(outbox.take(), [both]);
  const ends = notificationOf(fires, over, { noneBegins: true });
  outbox.offer(ends);
  outbox.pump(1_000);
  assert.equal(line.calls.length, 1);
  assert.deepEqual(outbox.take(), [ends]);
});

test('what still waits is not sent when a newer one of its group is nothing for the channel', async () => {
  const { outbox, line } = outboxOf({ sendResolved: false });
  outbox.offer(hot);
  outbox.pump(0);
  await line.answer(FAILED);
  outbox.offer(notificationOf([], [resolved(alertOf('a'))]));
  outbox.pump(60_000);
  assert.equal(line.calls.length, 1);
});

test('an attempt that fails when nobody needs it any more is not repeated', async () => {
  const { outbox, line } = outboxOf();
  outbox.offer(hot);
  outbox.pump(0);
  assert.equal(outbox.placeOf(hot.groupKey, 'ops'), 'sending');
  outbox.withdraw(hot.groupKey, 'ops');
  await line.answer(FAILED);
  outbox.pump(60_000);
  assert.equal(line.calls.length, 1);
  assert.equal(outbox.placeOf(hot.groupKey, 'ops'), null);
});
