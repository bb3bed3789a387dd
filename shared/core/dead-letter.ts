import type { DeadLetter } from '../../schemas/types.js';
import type { Millis } from './clock.js';
import type { RecordBatch } from './record-batch.js';
import type { Refusal } from './stage.js';

/** A refused record with its origin, its bytes as received and the reason. */
export function deadLetter(
  batch: RecordBatch,
  refusal: Refusal,
  worker: string,
  physicalTopic: string,
  now: Millis,
): DeadLetter {
  return {
    topic: physicalTopic,
    partition: batch.partition,
    offset: batch.offset(refusal.index),
    key: batch.key(refusal.index),
    value: batch.value(refusal.index),
    headers: { ...batch.headers(refusal.index) },
    error: refusal.code,
    message: refusal.message,
    worker,
    failedAt: now,
  };
}
