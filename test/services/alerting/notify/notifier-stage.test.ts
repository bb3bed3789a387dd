import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Alert } from '../../../../schemas/types.js';
import { type NotifierState, notifierStage } from '../../../../services/alerting/notify/notifier-stage.js';
import { Outbox } from '../../../../services/alerting/notify/outbox.js';
import { parseRouting } from '../../../../services/alerting/notify/routing-file.js';
import { senderOf } from '../../../../services/alerting/notify/senders.js';
import { alertTargets } from '../../../../services/alerting/notify/targets.js';
import { arrayBatch } from '../../../../shared/core/array-batch.js';
import { codecs, WALL } from '../../../shared/alerting/helpers.js';
import { until } from '../../../support/until.js';
import { alertOf, resolved } from './helpers.js';
import { HttpReceiver } from './receivers.js';

let failing: HttpReceiver;
let working: HttpReceiver;
before(async () => {
  failing = await HttpReceiver.start();
  working = await HttpReceiver.start();
});
after(() => Promise.all([failing.stop(), working.stop()]));

/** The stage as the worker runs it, with a changelog as a broker would keep it. */
class Notifier {
  now = WALL;
  /** Alerts that a channel was notified of for the first time. */
  readonly news: string[] = [];
  /** What was written to `notifications`. */
  readonly records: string[] = [];
  #offset = 0;
  #state: NotifierState;
  readonly #stage;

  constructor(
    private readonly hook: HttpReceiver,
    readonly changelog = new Map<string, Buffer>(),
  ) {
    const text = `channels: { ops: { type: webhook, url: '${hook.url}' } }
route: { channels: [ops], groupBy: [host], groupWait: 0s, groupInterval: 1s }`;
    const { channels, routing } = parseRouting(text, 'test.yaml', {});
    const targets = alertTargets('127.0.0.0/8');
    const observer = { attempted: () => {}, call: () => {}, state: () => {} };
    this.#stage = notifierStage({
      decoder: codecs.decoder('alerts'),
      encoder: codecs.encoder('notifications'),
      unrecorded: () => {},
      decisions: { effort: 1, silenced: () => false, acknowledged: () => false },
      live: () => {},
      notified: ({ fingerprint }, channel) => this.news.push(`${fingerprint} to ${channel}`),
      open: () => {
        const lines = channels.map((settings) => ({ settings, send: senderOf(settings, targets) }));
        return { routing, outbox: new Outbox(lines, observer, () => 0.5, new AbortController().signal) };
      },
    });
    this.#state = this.#stage.restore({ topic: 'state.alerts', partition: 0, checkpoint: null, changelog });
  }

  step(...alerts: Alert[]): void {
    const records = alerts.map((alert) => ({ value: codecs.encoder('alerts').encode(alert) }));
    const batch = arrayBatch({ topic: 'state.alerts', records, baseOffset: this.#offset });
    this.#offset = batch.nextOffset;
    this.now += 1_000;
    const { changes, outputs } = this.#stage.step(this.#state, batch, this.now);
    for (const { topic, value } of outputs) {
      assert.equal(topic, 'notifications');
      const { fingerprint, channel, kind, outcome, status } = codecs.decoder('notifications').decode(value);
      this.records.push(`${fingerprint} ${channel} ${kind} ${outcome} ${status}`);
    }
    for (const { key, value } of changes) {
      if (value === null) this.changelog.delete(key);
      else this.changelog.set(key, value);
    }
  }

  /** Ticks until so many posts have come, and their delivery is known. */
  async posts(count: number): Promise<unknown[]> {
    await until(`${count} posts`, () => {
      this.step();
      return this.hook.posts.length >= count;
    });
    this.step();
    return this.hook.posts.map(({ text }) => (JSON.parse(text) as { status: string }).status);
  }

  end(): void {
    this.#stage.release?.(this.#state);
  }
}

test('alerts and their ends are notified; after a restart only what was not delivered is sent again', async () => {
  const first = new Notifier(failing);
  first.step(alertOf('a'), alertOf('p', { state: 'pending' }));
  assert.deepEqual(await first.posts(1), ['firing']);
  await until('the delivery to be saved', () => {
    first.step();
    return [...first.changelog.keys()].some((key) => key.startsWith('n|'));
  });
  assert.deepEqual(first.news, ['a to ops']);
  assert.deepEqual(first.records, ['a ops webhook delivered firing']);
  failing.answer = (response) => response.writeHead(503).end();
  first.step(alertOf('b'));
  await first.posts(2);
  first.end();

  const second = new Notifier(working, first.changelog);
  second.now = first.now;
  assert.deepEqual(await second.posts(1), ['firing']);
  assert.match(working.posts[0]?.text ?? '', /"fingerprint":"b"/);
  await until('the delivery to be known', () => {
    second.step();
    return second.news.length > 0;
  });
  second.step(resolved(alertOf('a')), resolved(alertOf('b')));
  assert.deepEqual(await second.posts(3), ['firing', 'resolved', 'resolved']);
  await until('nothing to be left', () => {
    second.step();
    return second.changelog.size === 0;
  });
  // Neither what was notified before, nor ends.
  assert.deepEqual(second.news, ['b to ops']);
  assert.deepEqual(second.records, [
    'b ops webhook delivered firing',
    'a ops webhook delivered resolved',
    'b ops webhook delivered resolved',
  ]);
  second.end();
});
