import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '../../../../schemas/types.js';
import { isWatchdog } from '../../../../services/alerting/notify/routing.js';
import { withWatchdog } from '../../../../services/alerting/notify/watchdog.js';
import { WatchedCalls } from '../../../../services/alerting/notify/watched-calls.js';
import { alertingStage } from '../../../../shared/alerting/alerts/alerting-stage.js';
import { UNTIMED_INPUT } from '../../../../shared/alerting/alerts/input-time.js';
import { windowInput } from '../../../../shared/alerting/rules/condition.js';
import { arrayBatch } from '../../../../shared/core/array-batch.js';
import { Health } from '../../../../shared/process/health.js';
import { codecs, WALL } from '../../../shared/alerting/helpers.js';
import { alertOf, DispatcherHarness, FakeLine, MINUTE, notificationOf, SECOND } from './helpers.js';

const ROUTING = `
route: { channels: [ops], groupWait: 0s }
watchdog: { channels: [boss], every: 1m }
`;

/** The evaluation of one partition of `windows`, by a worker that is alive while `health` is. */
class Evaluation {
  now = WALL;
  expected = true;
  readonly health = new Health(undefined, 10 * SECOND);
  readonly #stage = withWatchdog(
    alertingStage({
      rules: () => [],
      ...{ kind: windowInput, decoder: codecs.decoder('windows'), encoder: codecs.encoder('alerts') },
      ...{ input: UNTIMED_INPUT, maxAlerts: 10, staleAfterMs: MINUTE, forgetAfterMs: MINUTE },
      observer: {
        ...{ transition: () => {}, dropped: () => {}, evaluationFailed: () => {}, discarded: () => {} },
        live: () => {},
        flaps: () => {},
      },
    }),
    {
      encoder: codecs.encoder('alerts'),
      expected: () => this.expected,
      alive: () => this.health.alive,
    },
  );
  readonly #state;

  constructor(partition = 0) {
    this.#state = this.#stage.restore({
      ...{ topic: 'windows', partition, checkpoint: null, changelog: new Map() },
    });
  }

  /** A turn, `ms` later. @returns what the notifier is given, which is for nobody else */
  turn(ms: number): Alert[] {
    this.now += ms;
    const batch = arrayBatch({ topic: 'windows', records: [] });
    const outputs = [...this.#stage.step(this.#state, batch, this.now).outputs];
    assert.ok(outputs.every(({ topic }) => topic === 'state.alerts'));
    return outputs.map(({ value }) => codecs.decoder('alerts').decode(value));
  }
}

test('the evaluation of the first partition says every ten seconds that it goes on, if somebody expects it', () => {
  const evaluation = new Evaluation();
  const [first] = evaluation.turn(SECOND);
  assert.ok(first !== undefined && isWatchdog(first));
  assert.deepEqual(first.labels, { alertname: 'Watchdog', severity: 'info' });
  assert.deepEqual([evaluation.turn(9 * SECOND), evaluation.turn(SECOND).length], [[], 1]);
  evaluation.expected = false;
  assert.deepEqual(evaluation.turn(MINUTE), []);
  assert.deepEqual(new Evaluation(1).turn(MINUTE), []);
});

test('it says nothing any more once some work of the worker has stopped', () => {
  const evaluation = new Evaluation();
  let done = 0;
  evaluation.health.watch('windows[3]', { pending: () => true, done: () => done });
  for (let i = 0; i < 10; i += 1) evaluation.health.look(SECOND);
  assert.deepEqual(evaluation.turn(MINUTE), []);
  done += 1;
  evaluation.health.look(SECOND);
  assert.equal(evaluation.turn(MINUTE).length, 1);
});

test('its channel is notified again and again, whatever is silenced, and no longer when the evaluation hangs', () => {
  const evaluation = new Evaluation();
  const notifier = new DispatcherHarness(ROUTING);
  notifier.silenced.add('');
  const live = (seconds: number, evaluates: boolean): string[] => {
    const sent: string[] = [];
    for (let i = 0; i < seconds; i += 10) {
      sent.push(...notifier.pass(9 * SECOND));
      notifier.now += SECOND;
      if (evaluates) notifier.observe(...evaluation.turn(10 * SECOND));
    }
    return sent.map((one) => one.replace(/[0-9a-f]{16}/, 'Watchdog'));
  };
  assert.deepEqual(live(240, true), Array(4).fill('boss Watchdog/'));
  // Up to a minute old, what was said still counts.
  assert.ok(live(120, false).length <= 1);
  assert.deepEqual(
    live(1_200, false),
    [],
    'and its end is notified to nobody: that it stays away is the alarm',
  );
  evaluation.now = notifier.now;
  assert.equal(live(20, true).length, 1);
});

test('other routes never get it, and without a watchdog it is forgotten', () => {
  const notifier = new DispatcherHarness(ROUTING);
  notifier.observe(...new Evaluation().turn(SECOND), alertOf('a'));
  assert.deepEqual(
    notifier.pass(SECOND).map((one) => one.split(' ')[0]),
    ['boss', 'ops'],
  );
  const without = notifier.restarted('route: { channels: [ops], groupWait: 0s }');
  without.observe(...new Evaluation().turn(SECOND));
  assert.deepEqual(without.pass(10 * MINUTE), []);
  assert.deepEqual(
    [...without.changelog.keys()].filter((key) => !/\|a$|alertname="Hot"/.test(key)),
    [],
  );
});

test('a call of a channel that never ends makes the worker not alive', async () => {
  const health = new Health(undefined, 10 * SECOND);
  const line = new FakeLine();
  const calls = new WatchedCalls(health, 10 * SECOND);
  const send = calls.watched({ name: 'ops', timeoutMs: 5 * SECOND }, line.send);
  const look = (seconds: number) => {
    for (let i = 0; i < seconds; i += 1) health.look(SECOND);
  };
  look(60);
  const sent = send(notificationOf([alertOf('a')]), WALL, new AbortController().signal);
  look(14);
  assert.equal(health.alive, true);
  look(1);
  assert.deepEqual(health.reasons, ['notifying ops: no progress for 15 s, though there is work']);
  await line.answer({ outcome: 'delivered' });
  await sent;
  look(1);
  assert.equal(health.alive, true);
});
