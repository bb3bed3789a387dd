import { arrayBatch } from '../../../shared/core/array-batch.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';

/** Values as JSON: a handler must not care how its values travelled. */
export function jsonDecoder<T>(): ValueDecoder<T> {
  return {
    prepare: async () => {},
    fieldsInPlace: () => 0,
    decode: (value) => {
      try {
        return JSON.parse(String(value)) as T;
      } catch (error) {
        throw new TactusError('TACTUS_RECORD_UNDECODABLE', messageOf(error), { cause: error });
      }
    },
  };
}

export function jsonBatch(topic: string, values: readonly unknown[]): RecordBatch {
  return arrayBatch({
    topic,
    records: values.map((value) => ({ value: Buffer.from(JSON.stringify(value)) })),
  });
}
