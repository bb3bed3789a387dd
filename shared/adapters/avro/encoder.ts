import type avsc from 'avsc';
import type { AvroSchema } from '../../core/avro-schema.js';
import { messageOf, TactusError } from '../../core/errors.js';
import type { ValueEncoder } from '../../ports/codec.js';
import { HEADER_BYTES, writeHeader } from '../../wire/confluent-header.js';
import { avroType } from './avro-type.js';

/** Values up to this size are written without asking for their length first. */
const SCRATCH_BYTES = 64 * 1024;

/** Encodes values of one schema under its registry id. */
export class AvroEncoder<T> implements ValueEncoder<T> {
  readonly #type: avsc.Type;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  constructor(
    schema: AvroSchema,
    readonly schemaId: number,
  ) {
    this.#type = avroType(schema);
    writeHeader(this.#scratch, schemaId);
  }

  /** @throws TactusError `TACTUS_INVARIANT` naming the field, for a value that is not of the type. */
  encode(value: T): Buffer {
    try {
      const end = this.#type.encode(value, this.#scratch, HEADER_BYTES);
      if (end >= 0) return Buffer.from(this.#scratch.subarray(0, end));
      const large = Buffer.allocUnsafe(SCRATCH_BYTES - end);
      writeHeader(large, this.schemaId);
      this.#type.encode(value, large, HEADER_BYTES);
      return large;
    } catch (error) {
      throw new TactusError('TACTUS_INVARIANT', this.#describe(value, error), { cause: error });
    }
  }

  #describe(value: T, error: unknown): string {
    const wrong: string[] = [];
    this.#type.isValid(value, {
      errorHook: (path, part, type) => {
        wrong.push(`${path.join('.') || 'the value'} is ${show(part)}, must be ${type.typeName}`);
      },
    });
    return `cannot encode a ${this.#type.name}: ${wrong.slice(0, 3).join('; ') || messageOf(error)}`;
  }
}

function show(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
