import { createHash } from 'node:crypto';
import type { Alert } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { TactusError } from '../../shared/core/errors.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import type { Refusal, Saved, Stage, StepResult } from '../../shared/core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../../shared/ports/codec.js';
import { seriesKey } from '../../shared/windows/series.js';
import { AlertBook, type DropReason } from './alert-book.js';
import type { InputKind } from './inputs.js';
import type { Subject } from './labels.js';
import { type LiveAlert, loadAlert, saveAlert } from './live-alert.js';
import type { Rule } from './rule.js';
import { RuleIndex } from './rule-index.js';

/** Is told what the stage does, for metrics. */
export interface AlertingObserver {
  transition(state: Alert['state']): void;
  dropped(reason: DropReason): void;
  /** An expression that could not be answered; it counts as not met. */
  evaluationFailed(): void;
  discarded(): void;
  /** Called about once a second per partition. */
  live(input: string, partition: number, count: { pending: number; firing: number }): void;
}

export interface AlertingStageOptions<T extends Subject> {
  readonly kind: InputKind<T>;
  readonly rules: readonly Rule[];
  readonly decoder: ValueDecoder<T>;
  readonly encoder: ValueEncoder<Alert>;
  readonly observer: AlertingObserver;
  /** For rules without a `staleAfter` of their own. */
  readonly staleAfterMs: Millis;
  readonly maxAlerts: number;
}

/** State of one input partition. */
export interface AlertingState {
  readonly book: AlertBook;
  /** Logical name of the input topic, and prefix of its keys in the changelog that it shares. */
  readonly input: string;
  readonly partition: number;
  nextOffset: number;
  /** Latest event time seen. */
  newest: Millis;
  /** Wall clock of the last sweep; null before the first step. */
  sweptAt: Millis | null;
}

const SWEEP_MS = 1_000;

/**
 * Holds rules against windows or anomalies and tells the changes of alerts; to `alerts`.
 *
 * Live alerts are kept in the changelog, under `<input topic>|<fingerprint>`, written in the step
 * that changed them; the checkpoint is just the next offset. Once a second it is looked for
 * series that have gone silent, and at the first step for alerts whose rule is gone.
 */
export function alertingStage<T extends Subject>(options: AlertingStageOptions<T>): Stage<AlertingState> {
  const { kind, observer } = options;
  const index = new RuleIndex(options.rules, kind.on);
  return {
    restore: (saved) => restore(saved, options),
    checkpoint: (state) => ({ offset: state.nextOffset, metadata: '' }),
    step(state, batch, now): StepResult<AlertingState> {
      const refusals: Refusal[] = [];
      if (state.sweptAt === null) state.book.keepOnly(index.names, now);
      for (let i = 0; i < batch.length; i++) {
        let value: T;
        try {
          value = options.decoder.decode(batch.value(i));
        } catch (error) {
          if (!(error instanceof TactusError)) throw error;
          refusals.push({ index: i, code: error.code, message: error.message });
          continue;
        }
        state.newest = Math.max(state.newest, kind.at(value));
        const rules = index.rulesFor(kind.window(value), value.tenantId, value.metric);
        if (rules.length > 0) judge(state, rules, value, now, options);
      }
      state.nextOffset = batch.nextOffset;
      if (state.sweptAt === null || now - state.sweptAt >= SWEEP_MS) {
        state.sweptAt = now;
        const eventTime = kind.endsByItself ? null : state.newest;
        state.book.sweep(now, { eventTime, readToEnd: batch.atEnd });
        observer.live(state.input, state.partition, state.book.count());
      }
      return { state, refusals, ...tell(state, options) };
    },
  };
}

function judge<T extends Subject>(
  state: AlertingState,
  rules: readonly Rule[],
  value: T,
  now: Millis,
  { kind, observer, staleAfterMs }: AlertingStageOptions<T>,
): void {
  const bindings = kind.bindings(value);
  const at = kind.at(value);
  let series: string | null = null;
  for (const rule of rules) {
    const answer = rule.condition.holds(bindings);
    if (answer === null) observer.evaluationFailed();
    if (answer !== true && (!kind.endsByItself || state.book.isEmpty)) continue;
    series ??= hash(seriesKey(value.tenantId, value.metric, value.tags, null));
    const fields = kind.fields(value);
    const figure = Number(fields[rule.condition.valueField]);
    if (answer !== true) {
      state.book.ends(rule.name, series, at, figure, now);
      continue;
    }
    const annotate = (labels: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        Object.entries(rule.annotations).map(([name, template]) => [
          name,
          template({ fields: { ...fields, value: figure }, tags: value.tags, labels }),
        ]),
      );
    const stale = rule.staleAfterMs ?? staleAfterMs;
    const sighting = { rule, staleAfterMs: stale, subject: value, series, at, value: figure, annotate };
    state.book.holds(sighting, now);
  }
}

function tell<T extends Subject>(
  { book, input }: AlertingState,
  { encoder, observer }: AlertingStageOptions<T>,
): Pick<StepResult<AlertingState>, 'outputs' | 'changes'> {
  const { told, changed } = book.drain();
  for (const alert of told) observer.transition(alert.state);
  return {
    outputs: OutputBatch.of(
      told.map((alert) => ({ topic: 'alerts', key: alert.fingerprint, value: encoder.encode(alert) })),
    ),
    changes: changed.map(([fingerprint, alert]) => ({
      key: `${input}|${fingerprint}`,
      value: alert === null ? null : saveAlert(alert),
    })),
  };
}

function restore<T extends Subject>(saved: Saved, options: AlertingStageOptions<T>): AlertingState {
  const alerts: LiveAlert[] = [];
  for (const [key, bytes] of saved.changelog) {
    if (!key.startsWith(`${saved.topic}|`)) continue;
    const alert = loadAlert(bytes);
    if (alert === null) options.observer.discarded();
    else alerts.push(alert);
  }
  let newest = 0;
  for (const { members } of alerts)
    for (const { lastAt } of members.values()) newest = Math.max(newest, lastAt);
  const { observer, maxAlerts } = options;
  return {
    book: new AlertBook({ maxMembers: maxAlerts, dropped: (reason) => observer.dropped(reason) }, alerts),
    input: saved.topic,
    partition: saved.partition,
    nextOffset: saved.checkpoint?.offset ?? 0,
    newest,
    sweptAt: null,
  };
}

/** Series in the changelog are of one length, whatever their tags hold. */
function hash(identity: string): string {
  return createHash('sha256').update(identity).digest('base64url').slice(0, 22);
}
