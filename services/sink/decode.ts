import type { RecordBatch } from '../../shared/core/record-batch.js';
import { refusalOf } from '../../shared/core/refusal.js';
import type { Refusal } from '../../shared/core/stage.js';
import type { ValueDecoder } from '../../shared/ports/codec.js';

export interface Decoded<T> {
  readonly rows: { readonly index: number; readonly value: T }[];
  readonly refusals: Refusal[];
}

/** Every value of a batch with its index, and a refusal for each that cannot be decoded. */
export function decodeBatch<T>(decoder: ValueDecoder<T>, batch: RecordBatch): Decoded<T> {
  return decodeRecords(decoder, batch, range(0, batch.length));
}

/** {@link decodeBatch} for the records with these indices. */
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

/** `from` to `to`, the latter not included. */
export function* range(from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}
