import type { Alert } from '../../../schemas/types.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import { refusalOf } from '../../../shared/core/refusal.js';
import type { Refusal, Stage, StepResult } from '../../../shared/core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../../../shared/ports/codec.js';
import type { Series } from '../../../shared/wire/series.js';
import { type Rule, RuleIndex } from '../rules/rule.js';
import { RuleRun, type RuleRunOptions } from './rule-run.js';

export interface AlertingStageOptions<T extends Series> extends RuleRunOptions<T> {
  /** Those in force; asked for at each restore. */
  readonly rules: () => readonly Rule[];
  readonly decoder: ValueDecoder<T>;
  readonly encoder: ValueEncoder<Alert>;
}

/** State of one input partition. */
export interface AlertingState<T extends Series> {
  readonly run: RuleRun<T>;
  readonly index: RuleIndex;
  nextOffset: number;
}

/**
 * Evaluates rules on windows or anomalies and writes the changes of alerts: to `alerts`, and to
 * `state.alerts` for the notifier. Windows that a rule joins with those of other metrics are forwarded to
 * `state.joins`, keyed by tenant, as the bytes that came in.
 *
 * Live alerts are kept in the changelog, under `<input topic>|<fingerprint>`, written in the step
 * that changed them; the checkpoint is just the next offset.
 */
export function alertingStage<T extends Series>(options: AlertingStageOptions<T>): Stage<AlertingState<T>> {
  const { kind, decoder, encoder } = options;
  return {
    restore(saved) {
      const index = new RuleIndex(options.rules(), kind.on);
      const run = new RuleRun(options, index.rules, saved);
      return { run, index, nextOffset: saved.checkpoint?.offset ?? 0 };
    },
    checkpoint: (state) => ({ offset: state.nextOffset, metadata: '' }),
    step(state, batch, now): StepResult<AlertingState<T>> {
      const { run, index } = state;
      const outputs = new OutputBatch();
      const refusals = eachValue(decoder, batch, (value, bytes) => {
        const { rules, joined } = index.lookUp(kind.window(value), value.tenantId, value.metric);
        if (joined) outputs.add({ topic: 'state.joins', key: value.tenantId, value: bytes });
        run.evaluate(rules, value, now);
      });
      state.nextOffset = batch.nextOffset;
      run.sweep(now, batch.atEnd);
      const { transitions, changes } = run.drain();
      writeAlerts(transitions, encoder, outputs);
      return { state, refusals, outputs, changes };
    },
  };
}

/** Calls `take` with every value that can be decoded; returns the refusals of the others. */
export function eachValue<T>(
  decoder: ValueDecoder<T>,
  batch: RecordBatch,
  take: (value: T, bytes: Buffer) => void,
): Refusal[] {
  const refusals: Refusal[] = [];
  for (let index = 0; index < batch.length; index++) {
    const bytes = batch.value(index);
    let value: T;
    try {
      value = decoder.decode(bytes);
    } catch (error) {
      refusals.push(refusalOf(error, index));
      continue;
    }
    if (bytes !== null) take(value, bytes);
  }
  return refusals;
}

/** Adds the records of alerts: to the public topic, and to one partition for the notifier. */
export function writeAlerts(
  alerts: readonly Alert[],
  encoder: ValueEncoder<Alert>,
  outputs: OutputBatch,
): OutputBatch {
  for (const alert of alerts) {
    const record = { key: alert.fingerprint, value: encoder.encode(alert) };
    outputs.add({ topic: 'alerts', ...record });
    outputs.add({ topic: 'state.alerts', ...record });
  }
  return outputs;
}
