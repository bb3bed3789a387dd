import { TactusError } from '../../shared/core/errors.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import type { Refusal } from '../../shared/core/stage.js';
import type { ValueDecoder } from '../../shared/ports/codec.js';

export interface Decoded<T> {
  readonly rows: { readonly index: number; readonly value: T }[];
  readonly refusals: Refusal[];
}

/** Every value of a batch with its index, and a refusal for each that cannot be decoded. */
export function decodeBatch<T>(decoder: ValueDecoder<T>, batch: RecordBatch): Decoded<T> {
  const decoded: Decoded<T> = { rows: [], refusals: [] };
  for (let index = 0; index < batch.length; index++) {
    try {
      decoded.rows.push({ index, value: decoder.decode(batch.value(index)) });
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      decoded.refusals.push({ index, code: error.code, message: error.message });
    }
  }
  return decoded;
}
