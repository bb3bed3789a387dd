import type { Alert } from '../../../schemas/types.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import { refusalOf } from '../../../shared/core/refusal.js';
import type { Refusal, Stage, StepResult } from '../../../shared/core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../../../shared/ports/codec.js';
import type { Subject } from '../rules/labels.js';
import type { Rule } from '../rules/rule.js';
import { RuleIndex } from '../rules/rule-index.js';
import { RuleRun, type RuleRunOptions } from './rule-run.js';

export interface AlertingStageOptions<T extends Subject> extends RuleRunOptions<T> {
  /** Those in force; asked for at each restore. */
  readonly rules: () => readonly Rule[];
  readonly decoder: ValueDecoder<T>;
  readonly encoder: ValueEncoder<Alert>;
}

/** State of one input partition. */
export interface AlertingState<T extends Subject> {
  readonly run: RuleRun<T>;
  readonly index: RuleIndex;
  nextOffset: number;
}

/**
 * Holds rules against windows or anomalies and tells the changes of alerts; to `alerts`, and to
 * `state.alerts` for the notifier. Windows that a rule joins with those of other metrics are passed on to `state.joins`, keyed by tenant, as the bytes that came in.
 *
 * Live alerts are kept in the changelog, under `<input topic>|<fingerprint>`, written in the step
 * that changed them; the checkpoint is just the next offset.
 */
export function alertingStage<T extends Subject>(options: AlertingStageOptions<T>): Stage<AlertingState<T>> {
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
        run.judge(rules, value, now);
      });
      state.nextOffset = batch.nextOffset;
      run.sweep(now, batch.atEnd);
      const { told, changes } = run.drain();
      tell(told, encoder, outputs);
      return { state, refusals, outputs, changes };
    },
  };
}

/** Hands over every value that can be decoded; gives back what is wrong with the others. */
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

/** Adds the records of alerts: for everybody, and in one partition for the notifier. */
export function tell(
  told: readonly Alert[],
  encoder: ValueEncoder<Alert>,
  outputs: OutputBatch,
): OutputBatch {
  for (const alert of told) {
    const record = { key: alert.fingerprint, value: encoder.encode(alert) };
    outputs.add({ topic: 'alerts', ...record });
    outputs.add({ topic: 'state.alerts', ...record });
  }
  return outputs;
}
