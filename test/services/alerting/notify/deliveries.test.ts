import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Attempt } from '../../../../services/alerting/notify/channel.js';
import type { Notification } from '../../../../services/alerting/notify/notification.js';
import { Dispatcher } from '../../../../services/alerting/notify/notifier-stage.js';
import { Outbox } from '../../../../services/alerting/notify/outbox.js';
import { parseRouting } from '../../../../services/alerting/notify/routing-file.js';
import { WALL } from '../../../shared/alerting/helpers.js';
import { alertOf, resolved, SECOND } from './helpers.js';

const FILE = `
channels:
  ops: { type: webhook, url: 'https://example.com/' }
  boss: { type: webhook, url: 'https://example.com/' }
route:
  channels: [ops, boss]
  groupBy: [alertname]
  groupWait: 1s
  groupInterval: 2s
  repeatInterval: 1m
  routes: [{ match: [host=a], continue: true }, { match: [host=a], groupBy: ['...'] }]
`;
const DECISIONS = { effort: 1, silenced: () => false, acknowledged: () => false };
const ANSWERS = {
  ok: { outcome: 'delivered' },
  fails: { outcome: 'failed', reason: '', retryAfterMs: null },
} as const;

/** Each half second an alert may begin or end, and attempts that are under way may. */
const STEPS = fc.array(
  fc.record({
    flips: fc.option(fc.constantFrom('a', 'b')),
    answer: fc.constantFrom('ok', 'fails', null),
  }),
  { minLength: 50, maxLength: 200 },
);

/** Dispatcher and outbox as the stage runs them. */
class Notifier {
  /** By group, channel and alert, whether it was last sent as firing. */
  readonly notified = new Map<string, boolean>();
  readonly changelog = new Set<string>();
  now = WALL;
  readonly #underWay: { readonly notification: Notification; readonly end: (attempt: Attempt) => void }[] =
    [];
  readonly #outbox: Outbox;
  readonly #dispatcher: Dispatcher;
  readonly #firing = new Set<string>();

  constructor() {
    const { channels, routing } = parseRouting(FILE, 'test.yaml', {});
    const send = (notification: Notification) =>
      new Promise<Attempt>((end) => void this.#underWay.push({ notification, end }));
    const observer = { attempted: () => {}, call: () => {}, state: () => {} };
    this.#outbox = new Outbox(
      channels.map((settings) => ({ settings: { ...settings, maxPerMinute: 10_000 }, send })),
      observer,
      () => 0.5,
      new AbortController().signal,
    );
    this.#dispatcher = new Dispatcher(routing, this.#outbox.channels, [], (groupKey, channel) =>
      this.#outbox.placeOf(groupKey, channel),
    );
  }

  async step(flips: string | null, answer: keyof typeof ANSWERS | null): Promise<void> {
    this.now += SECOND / 2;
    if (flips !== null) this.#flip(flips);
    for (const { notification, end } of answer === null ? [] : this.#underWay.splice(0)) {
      if (answer === 'ok') this.#note(notification);
      end(ANSWERS[answer ?? 'ok']);
    }
    await new Promise((resolve) => setImmediate(resolve));
    for (const notification of this.#outbox.take()) this.#dispatcher.delivered(notification, this.now);
    const { notify, withdraw } = this.#dispatcher.plan(DECISIONS, this.now);
    for (const { groupKey, channel } of withdraw) this.#outbox.withdraw(groupKey, channel);
    for (const notification of notify) this.#outbox.offer(notification);
    this.#outbox.pump(this.now);
    for (const { key, value } of this.#dispatcher.drain())
      if (value === null) this.changelog.delete(key);
      else this.changelog.add(key);
  }

  /** All ends, and is delivered. */
  async finish(): Promise<void> {
    for (const host of [...this.#firing]) await this.step(host, 'ok');
    for (let n = 0; n < 300; n++) await this.step(null, 'ok');
  }

  #flip(host: string): void {
    const alert = alertOf(host, { startsAt: this.now });
    const ends = this.#firing.delete(host);
    if (!ends) this.#firing.add(host);
    this.#dispatcher.observe(ends ? resolved(alert) : alert, this.now);
  }

  #note({ groupKey, channel, firing, resolved: over }: Notification): void {
    for (const { fingerprint } of firing) this.notified.set(`${groupKey} ${channel} ${fingerprint}`, true);
    for (const { fingerprint } of over) this.notified.set(`${groupKey} ${channel} ${fingerprint}`, false);
  }
}

test('every channel that was notified that an alert fires is notified that it is over, whatever fails or takes long', async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, async (steps) => {
      const notifier = new Notifier();
      for (const { flips, answer } of steps) await notifier.step(flips, answer);
      await notifier.finish();
      assert.deepEqual(
        [...notifier.notified].filter(([, isFiring]) => isFiring),
        [],
      );
      assert.deepEqual([...notifier.changelog], []);
    }),
    { numRuns: 100 },
  );
});
