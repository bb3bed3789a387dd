import { Counter, Gauge, type Registry } from 'prom-client';
import { DROP_REASONS } from '../../shared/alerting/alerts/alert-book.js';
import type { AlertingObserver } from '../../shared/alerting/alerts/alerting-stage.js';
import { RECORDING_OUTCOMES, type RecordingOutcome } from '../../shared/alerting/alerts/recorded-windows.js';
import type { JoinOutcome } from '../../shared/alerting/joins/joiner.js';
import type { Clock, Millis } from '../../shared/core/clock.js';
import { flowTelemetry } from '../../shared/process/flow-telemetry.js';
import type { ReloadOutcome } from '../../shared/process/followed-value.js';

export interface AlertingTelemetry extends AlertingObserver {
  joined(outcome: JoinOutcome): void;
  /** A recording rule was evaluated. */
  recording(outcome: RecordingOutcome): void;
  /** An anomaly that no rule is evaluated on, since somebody has muted its series. */
  muted(): void;
  reloaded(source: 'file' | 'topic' | 'notifications', outcome: ReloadOutcome): void;
}

/** A partition that has not reported for this long belongs to another instance by now. */
const FORGET_AFTER_MS = 30_000;

/** Metrics of the worker; a step that is done again after a failed commit counts twice. */
export function alertingTelemetry(register: Registry, clock: Clock): AlertingTelemetry {
  const registers = [register];
  const flow = flowTelemetry(register);
  const live = new Map<string, { pending: number; firing: number; flapping: number; at: Millis }>();
  new Gauge({
    name: 'tactus_alerts',
    help: 'Alerts that are pending or firing, and those that flap, of the partitions of this instance',
    labelNames: ['state'],
    registers,
    collect() {
      let pending = 0;
      let firing = 0;
      let flapping = 0;
      for (const [key, count] of live) {
        if (clock.now() - count.at > FORGET_AFTER_MS) live.delete(key);
        else {
          pending += count.pending;
          firing += count.firing;
          flapping += count.flapping;
        }
      }
      this.set({ state: 'pending' }, pending);
      this.set({ state: 'firing' }, firing);
      this.set({ state: 'flapping' }, flapping);
    },
  });
  const transitions = new Counter({
    name: 'tactus_alert_transitions_total',
    help: 'Changes of state written to the topic of alerts',
    labelNames: ['state'],
    registers,
  });
  const flaps = new Counter({
    name: 'tactus_alert_flaps_total',
    help: 'Times that an alert has begun to flap (started), and that one has ceased to (stopped)',
    labelNames: ['state'],
    registers,
  });
  const dropped = new Counter({
    name: 'tactus_alerts_dropped_total',
    help: 'Without effect: too many series in alerts (limit), in one alert (members) or watched for silence or flapping (watched), too many windows waiting for others (joins), or four fifths of one of these are of one tenant (tenant)',
    labelNames: ['reason'],
    registers,
  });
  const failed = new Counter({
    name: 'tactus_rule_evaluation_errors_total',
    help: 'Conditions without a value, such as for a tag that the series does not have; an alert RuleFailing names each such rule',
    registers,
  });
  const recordings = new Counter({
    name: 'tactus_recordings_total',
    help: 'Evaluations of recording rules: recorded, without a value (no_value: divided by zero, not a number, infinite or beyond 1e150), failed (an alert RuleFailing says why), or of a new series beyond TACTUS_ALERT_MAX_RECORDED (limit) or the four fifths of it that a tenant has (tenant)',
    labelNames: ['outcome'],
    registers,
  });
  const joins = new Counter({
    name: 'tactus_rule_joins_total',
    help: 'Windows of several metrics brought together: complete, filled with defaults, incomplete (not evaluated), or a window that came too late',
    labelNames: ['outcome'],
    registers,
  });
  const muted = new Counter({
    name: 'tactus_anomalies_muted_total',
    help: 'Anomalies that no rule was evaluated on, since somebody has muted their series',
    registers,
  });
  const reloads = new Counter({
    name: 'tactus_rule_reloads_total',
    help: 'Changes of the rules file (file), records of control.rules (topic) and changes of the notifications file (notifications), by what became of them',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const discarded = new Counter({
    name: 'tactus_alert_states_discarded_total',
    help: 'Saved alerts of another version',
    registers,
  });
  // What is counted from 0 has a rate from the first time on.
  for (const reason of DROP_REASONS) dropped.inc({ reason }, 0);
  for (const outcome of RECORDING_OUTCOMES) recordings.inc({ outcome }, 0);
  for (const state of ['started', 'stopped']) flaps.inc({ state }, 0);
  for (const state of ['pending', 'firing', 'resolved']) transitions.inc({ state }, 0);
  return {
    transition: (state) => transitions.inc({ state }),
    dropped(reason) {
      dropped.inc({ reason });
      flow.dropped('processing', reason, 1);
    },
    evaluationFailed() {
      failed.inc();
      flow.failed('processing', 'evaluation');
    },
    recording(outcome) {
      recordings.inc({ outcome });
      if (outcome === 'limit' || outcome === 'tenant') flow.dropped('processing', outcome, 1);
    },
    discarded: () => discarded.inc(),
    live: (input, partition, count) => live.set(`${input}[${partition}]`, { ...count, at: clock.now() }),
    flaps: (state) => flaps.inc({ state }),
    muted: () => muted.inc(),
    joined: (outcome) => joins.inc({ outcome }),
    reloaded: (source, outcome) => reloads.inc({ source, outcome }),
  };
}
