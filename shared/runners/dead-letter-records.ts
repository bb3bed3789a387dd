import type { DeadLetter } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { deadLetter } from '../core/dead-letter.js';
import type { OutputRecord } from '../core/output-batch.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Refusal } from '../core/stage.js';
import type { ValueEncoder } from '../ports/codec.js';

/** The worker that refuses records, and the physical topic that they are from. */
export interface RefusalOrigin {
  readonly worker: string;
  readonly topic: string;
}

/** The records for `dlq` of a batch's refusals. */
export function deadLetterRecords(
  encoder: ValueEncoder<DeadLetter>,
  { worker, topic }: RefusalOrigin,
  refusals: readonly Refusal[],
  batch: RecordBatch,
  now: Millis,
): OutputRecord[] {
  return refusals.map((refusal) => {
    const letter = deadLetter(batch, refusal, worker, topic, now);
    return { topic: 'dlq', key: letter.key, value: encoder.encode(letter) };
  });
}
