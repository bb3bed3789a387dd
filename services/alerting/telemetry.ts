import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock, Millis } from '../../shared/core/clock.js';
import type { ReloadOutcome } from '../../shared/process/followed-value.js';
import type { CircuitState } from '../../shared/resilience/circuit-breaker.js';
import type { AlertingObserver } from './alerts/alerting-stage.js';
import type { JoinOutcome } from './joins/joiner.js';
import type { CallOutcome } from './notify/outbox.js';

export interface AlertingTelemetry extends AlertingObserver {
  joined(outcome: JoinOutcome): void;
  reloaded(source: 'file' | 'topic' | 'notifications', outcome: ReloadOutcome): void;
}

/** Metrics of the notifier; channels are few, and named by configuration. */
export interface NotificationTelemetry {
  attempted(channel: string, outcome: 'delivered' | 'failed' | 'given_up'): void;
  call(channel: string, outcome: CallOutcome): void;
  channel(channel: string, circuit: CircuitState, waiting: number): void;
  groups(size: { groups: number }): void;
  /** The set of channels may have changed. */
  forget(): void;
}

const CIRCUIT: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

/** A partition that has not reported for this long belongs to another instance by now. */
const FORGET_AFTER_MS = 30_000;

/** Metrics of the worker; a step that is done again after a failed commit counts twice. */
export function alertingTelemetry(register: Registry, clock: Clock): AlertingTelemetry {
  const registers = [register];
  const live = new Map<string, { pending: number; firing: number; at: Millis }>();
  new Gauge({
    name: 'tactus_alerts',
    help: 'Alerts that are pending or firing, of the partitions of this instance',
    labelNames: ['state'],
    registers,
    collect() {
      let pending = 0;
      let firing = 0;
      for (const [key, count] of live) {
        if (clock.now() - count.at > FORGET_AFTER_MS) live.delete(key);
        else {
          pending += count.pending;
          firing += count.firing;
        }
      }
      this.set({ state: 'pending' }, pending);
      this.set({ state: 'firing' }, firing);
    },
  });
  const transitions = new Counter({
    name: 'tactus_alert_transitions_total',
    help: 'Changes of state written to the topic of alerts',
    labelNames: ['state'],
    registers,
  });
  const dropped = new Counter({
    name: 'tactus_alerts_dropped_total',
    help: 'Without effect: too many series in alerts (limit), in one alert (members) or watched for silence (watched), too many windows waiting for others (joins)',
    labelNames: ['reason'],
    registers,
  });
  const failed = new Counter({
    name: 'tactus_rule_evaluation_errors_total',
    help: 'Conditions without a value, such as for a tag that the series does not have; an alert RuleFailing names each such rule',
    registers,
  });
  const joins = new Counter({
    name: 'tactus_rule_joins_total',
    help: 'Windows of several metrics brought together: complete, filled with defaults, incomplete (not evaluated), or a window that came too late',
    labelNames: ['outcome'],
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
  return {
    transition: (state) => transitions.inc({ state }),
    dropped: (reason) => dropped.inc({ reason }),
    evaluationFailed: () => failed.inc(),
    discarded: () => discarded.inc(),
    live: (input, partition, count) => live.set(`${input}[${partition}]`, { ...count, at: clock.now() }),
    joined: (outcome) => joins.inc({ outcome }),
    reloaded: (source, outcome) => reloads.inc({ source, outcome }),
  };
}

export function notificationTelemetry(register: Registry): NotificationTelemetry {
  const registers = [register];
  const attempts = new Counter({
    name: 'tactus_notifications_total',
    help: 'Attempts to send to a channel; failed ones are repeated, given_up ones were rejected because of their content and are lost',
    labelNames: ['channel', 'outcome'],
    registers,
  });
  const waiting = new Gauge({
    name: 'tactus_notifications_waiting',
    help: 'Groups of alerts that wait to be sent to a channel, the one under way included',
    labelNames: ['channel'],
    registers,
  });
  const groups = new Gauge({
    name: 'tactus_notification_groups',
    help: 'Groups of alerts that share notifications, on the instance that notifies',
    registers,
  });
  const circuit = new Gauge({
    name: 'circuit_breaker_state',
    help: 'Circuit breaker of a channel: 0 closed, 1 half-open, 2 open',
    labelNames: ['name'],
    registers,
  });
  const calls = new Counter({
    name: 'circuit_breaker_calls_total',
    help: 'Calls through a circuit breaker: success, failure, or rejected because it was open',
    labelNames: ['name', 'outcome'],
    registers,
  });
  return {
    attempted: (channel, outcome) => attempts.inc({ channel, outcome }),
    call: (name, outcome) => calls.inc({ name, outcome }),
    channel(channel, state, count) {
      waiting.set({ channel }, count);
      circuit.set({ name: channel }, CIRCUIT[state]);
    },
    groups: (size) => groups.set(size.groups),
    forget() {
      waiting.reset();
      circuit.reset();
    },
  };
}
