import type { DeadLetter } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { deadLetter } from '../core/dead-letter.js';
import {
  OUT_PLACES,
  OUT_VALUE_END,
  OUT_VALUE_START,
  type OutputBatch,
  type OutputRecord,
} from '../core/output-batch.js';
import { PLACES, type RecordBatch, VALUE_START } from '../core/record-batch.js';
import type { RefusalOrigin } from './dead-letter-records.js';

/** Below any limit that makes sense for a topic. */
const LARGE_BYTES = 8_192;

/** Where the records of a partition's outputs are from, for those that may be too large for their topic. */
export interface OutputOrigin extends RefusalOrigin {
  /** Of physical topics. */
  readonly prefix: string;
}

/** Calls back for each record whose value is large. */
export function eachLarge(outputs: OutputBatch, callback: (index: number) => void): void {
  if (outputs.largest < LARGE_BYTES) return;
  const { places, length } = outputs;
  for (let i = 0; i < length; i++) {
    const place = i * OUT_PLACES;
    if (
      (places[place + OUT_VALUE_END] as number) - (places[place + OUT_VALUE_START] as number) >=
      LARGE_BYTES
    )
      callback(i);
  }
}

/** The input record whose value is passed on as an output; null where the output is of the stage's own making. */
export function inputOf(outputs: OutputBatch, index: number, batch: RecordBatch): number | null {
  const value = outputs.values[index] as Buffer;
  const at = value.byteOffset + (outputs.places[index * OUT_PLACES + OUT_VALUE_START] as number);
  let first = 0;
  for (const { bytes, length, places } of batch.segments) {
    if (bytes.buffer === value.buffer)
      for (let i = 0; i < length; i++)
        if (bytes.byteOffset + (places[i * PLACES + VALUE_START] as number) === at) return first + i;
    first += length;
  }
  return null;
}

/**
 * Of a record that a stage has passed on. Until the commit's outcome is known the letter's bytes may lie in the batch.
 */
export function letterOfInput(
  batch: RecordBatch,
  index: number,
  { worker, topic }: RefusalOrigin,
  now: Millis,
): DeadLetter {
  return deadLetter(batch, { index, code: 'TACTUS_RECORD_UNWRITABLE', message: '' }, worker, topic, now);
}

/** Of a record of a stage's own making: a replay writes it to where it was to go. */
export function letterOfOutput(
  record: OutputRecord,
  { worker, prefix, topic }: OutputOrigin,
  now: Millis,
): DeadLetter {
  return {
    ...{ topic: prefix + record.topic, partition: -1, offset: -1, worker, failedAt: now },
    ...{ key: record.key as Buffer | null, value: record.value, headers: {} },
    error: 'TACTUS_RECORD_UNWRITABLE',
    message: `made from ${topic}`,
  };
}
