import { Counter, Gauge, type Registry } from 'prom-client';
import type { Millis } from '../../../shared/core/clock.js';
import { flowTelemetry } from '../../../shared/process/flow-telemetry.js';
import { TracedHistogram } from '../../../shared/process/traced-histogram.js';
import type { CircuitState } from '../../../shared/resilience/circuit-breaker.js';
import type { CallOutcome } from './outbox.js';

/** Metrics of the notifier; channels are few, and named by configuration. */
export interface NotificationTelemetry {
  attempted(channel: string, outcome: 'delivered' | 'failed' | 'given_up'): void;
  call(channel: string, outcome: CallOutcome): void;
  channel(channel: string, circuit: CircuitState, waiting: number): void;
  /** A channel is notified of an alert for the first time. @param delayMs since its condition began to hold */
  notified(channel: string, delayMs: Millis, traceId: string | undefined): void;
  /** Alerts of a notification without a record of their own. */
  unrecorded(alerts: number): void;
  /** A title, text or body was sent without its template. */
  templateFailed(channel: string): void;
  groups(size: { groups: number }): void;
  silences(count: { inForce: number; ignored: number }): void;
  /** The set of channels may have changed. */
  forget(): void;
}

/** Closed is zero in every series: `circuit_breaker_state > 0` holds for what lets nothing, or little, through. */
const SHOWN_STATES: readonly CircuitState[] = ['half_open', 'open'];
const OUTCOMES = ['delivered', 'failed', 'given_up'] as const;
const CALL_OUTCOMES: readonly CallOutcome[] = ['success', 'failure', 'rejected'];
const CIRCUIT: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

export function notificationTelemetry(register: Registry): NotificationTelemetry {
  const registers = [register];
  const flow = flowTelemetry(register);
  const attempts = new Counter({
    name: 'tactus_notifications_total',
    help: 'Attempts to send to a channel; failed ones are repeated, given_up ones were rejected because of their content and are lost',
    labelNames: ['channel', 'outcome'],
    registers,
  });
  const latency = new TracedHistogram({
    name: 'tactus_notification_latency_seconds',
    help: 'Time from when the condition of an alert began to hold, by the end of its window, until a channel was first notified of it: all of the pipeline, with grace, for, and the waits of groups',
    labelNames: ['channel'],
    buckets: [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 900, 3600],
    registers,
  });
  const shown = new Set<string>();
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
  const unrecorded = new Counter({
    name: 'tactus_notification_records_dropped_total',
    help: 'Alerts of notifications that have no record in notifications: an attempt to send has 1,000 at most',
    registers,
  });
  const templates = new Counter({
    name: 'tactus_notification_templates_failed_total',
    help: 'Titles, texts and bodies that were sent without their template, because filling it in took too long or failed',
    labelNames: ['channel'],
    registers,
  });
  const silences = new Gauge({
    name: 'tactus_silences',
    help: 'Silences whose time has not passed: in force, or ignored because of their content, which the log and /readyz name',
    labelNames: ['state'],
    registers,
  });
  const circuit = new Gauge({
    name: 'circuit_breaker_state',
    help: 'Circuit breaker of a channel. Without the label state: 0 closed, 1 half-open, 2 open; with it 1 for the one that it is in, 0 for the other',
    labelNames: ['name', 'state'],
    registers,
  });
  const calls = new Counter({
    name: 'circuit_breaker_calls_total',
    help: 'Calls through a circuit breaker, by result (and outcome, which is the same): success, failure, or rejected because it was open',
    labelNames: ['name', 'outcome', 'result'],
    registers,
  });
  return {
    attempted(channel, outcome) {
      attempts.inc({ channel, outcome });
      if (outcome === 'delivered') flow.sent(1, { target: 'notifications' });
      else flow.failed('sending', 'TACTUS_NOTIFICATION_FAILED');
      if (outcome === 'given_up') flow.dropped('sending', 'given_up', 1);
    },
    call: (name, outcome) => calls.inc({ name, outcome, result: outcome }),
    channel(channel, state, count) {
      waiting.set({ channel }, count);
      if (!shown.has(channel)) latency.begin({ channel });
      shown.add(channel);
      circuit.set({ name: channel }, CIRCUIT[state]);
      for (const one of SHOWN_STATES) circuit.set({ name: channel, state: one }, state === one ? 1 : 0);
      // What is counted from 0 has a rate from the first failure on.
      templates.inc({ channel }, 0);
      for (const outcome of OUTCOMES) attempts.inc({ channel, outcome }, 0);
      for (const outcome of CALL_OUTCOMES) calls.inc({ name: channel, outcome, result: outcome }, 0);
    },
    notified: (channel, delayMs, traceId) =>
      latency.observe({ channel }, Math.max(0, delayMs) / 1_000, traceId),
    templateFailed: (channel) => templates.inc({ channel }),
    unrecorded: (alerts) => unrecorded.inc(alerts),
    groups: (size) => groups.set(size.groups),
    silences(count) {
      silences.set({ state: 'in_force' }, count.inForce);
      silences.set({ state: 'ignored' }, count.ignored);
    },
    forget() {
      waiting.reset();
      circuit.reset();
    },
  };
}
