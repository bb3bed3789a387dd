import type { RecordBatch } from '../../../shared/core/record-batch.js';
import { refusalOf } from '../../../shared/core/refusal.js';
import type { Refusal } from '../../../shared/core/stage.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';

/** A decoded value and the index of its record in the batch. */
export interface Row<T> {
  readonly index: number;
  readonly value: T;
}

export interface Decoded<T> {
  readonly rows: Row<T>[];
  /** One for each record that cannot be decoded. */
  readonly refusals: Refusal[];
}

/** Decodes the records with these indices. */
export function decodeRecords<T>(
  decoder: ValueDecoder<T>,
  batch: RecordBatch,
  indices: Iterable<number>,
): Decoded<T> {
  const decoded: Decoded<T> = { rows: [], refusals: [] };
  for (const index of indices) {
    try {
      decoded.rows.push({ index, value: decoder.decode(batch.value(index)) });
    } catch (error) {
      decoded.refusals.push(refusalOf(error, index));
    }
  }
  return decoded;
}

/** The integers from `from` up to, but not including, `to`. */
export function* range(from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}
