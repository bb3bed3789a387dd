import type { Alert } from '../../../schemas/types.js';
import { fingerprintOf } from '../../../shared/alerting/rules/rule.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { Stage } from '../../../shared/core/stage.js';
import type { ValueEncoder } from '../../../shared/ports/codec.js';
import { WATCHDOG } from './routing.js';

const LABELS = { alertname: WATCHDOG, severity: 'info' };
const SUMMARY =
  'Alerting works: this alert always fires, and whoever expects it raises the alarm when it stays away.';
/** How often the evaluation says that it goes on. */
const BEAT_MS: Millis = 10_000;

export interface WatchdogOptions {
  /** Whether some channel expects it. */
  readonly expected: () => boolean;
  /** False once some part of the worker has stopped for good. */
  readonly alive: () => boolean;
  readonly encoder: ValueEncoder<Alert>;
}

/**
 * The stage, which with its first partition also writes now and then that it goes on, for the notifier alone. A step
 * that does not end, a transaction that is not committed and a worker that has the partition and stops are thus all
 * noticed by whoever expects notifications of it.
 */
export function withWatchdog<S extends object>(
  stage: Stage<S>,
  { expected, alive, encoder }: WatchdogOptions,
): Stage<S> {
  const beating = new WeakMap<S, { since: Millis | null; at: Millis }>();
  return {
    ...stage,
    restore(saved) {
      const state = stage.restore(saved);
      if (saved.partition === 0) beating.set(state, { since: null, at: 0 });
      return state;
    },
    step(state, batch, now) {
      const result = stage.step(state, batch, now);
      const last = beating.get(result.state);
      if (last === undefined || now - last.at < BEAT_MS || !expected() || !alive()) return result;
      last.at = now;
      last.since ??= now;
      const beat = beatAt(last.since, now);
      result.outputs.add({ topic: 'state.alerts', key: beat.fingerprint, value: encoder.encode(beat) });
      return result;
    },
  };
}

function beatAt(since: Millis, now: Millis): Alert {
  return {
    ...{ fingerprint: fingerprintOf(WATCHDOG, '', LABELS), rule: WATCHDOG, tenantId: '', labels: LABELS },
    ...{ state: 'firing', severity: 'info', annotations: { summary: SUMMARY }, value: 1 },
    ...{ startsAt: since, endsAt: null, updatedAt: now },
  };
}
