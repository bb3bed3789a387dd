import type { TopicValues } from '../../schemas/types.js';
import type { TopicName } from '../../topics/names.js';
import type { RecordBatch } from '../core/record-batch.js';

/** Turns a value into Confluent wire format (magic 0, schema id, Avro). Never does I/O. */
export interface ValueEncoder<T> {
  /** Id of the schema that values are written with. */
  readonly schemaId: number;
  encode(value: T): Buffer;
}

/**
 * Turns Confluent wire format of any compatible writer's version into the current type.
 *
 * Decoding is synchronous; the schemas it needs are fetched before, by `prepare`.
 */
export interface ValueDecoder<T> {
  /**
   * Makes sure that every schema id in the batch is known or known to be unknown. Waits for a
   * registry that is down, for as long as it takes, until `signal` aborts.
   */
  prepare(batch: RecordBatch, signal: AbortSignal): Promise<void>;

  /**
   * How many fields values with this schema id have, if these are the first fields of the current schema and laid out
   * as it says: all of them with the current schema itself, fewer with an earlier one that was only added to. Else 0.
   */
  fieldsInPlace(schemaId: number): number;

  /**
   * @throws TactusError `TACTUS_RECORD_EMPTY`, `_BAD_MAGIC`, `_UNKNOWN_SCHEMA`,
   *   `_INCOMPATIBLE_SCHEMA` or `_UNDECODABLE`; never anything else.
   */
  decode(value: Buffer | null): T;
}

/** Encoders and decoders of the values of topics, all of which are there at once. */
export interface TopicCodecs {
  encoder<N extends TopicName>(topic: N): ValueEncoder<TopicValues[N]>;
  decoder<N extends TopicName>(topic: N): ValueDecoder<TopicValues[N]>;
}
