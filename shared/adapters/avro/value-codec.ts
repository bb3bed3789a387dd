import type avsc from 'avsc';
import type { AvroSchema } from '../../core/avro-schema.js';
import { messageOf, TactusError } from '../../core/errors.js';
import { Lru } from '../../core/lru.js';
import { NO_SCHEMA, PLACES, type RecordBatch, VALUE_LENGTH, VALUE_START } from '../../core/record-batch.js';
import type { ValueDecoder, ValueEncoder } from '../../ports/codec.js';
import type { RegisteredSchema, WriterSchemas } from '../../ports/registry.js';
import { HEADER_BYTES, hasHeader, readSchemaId, writeHeader } from '../../wire/confluent-header.js';
import { avroType, type StructureCheck, structureCheck } from './avro-type.js';

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

/** Most writers' schemas that one decoder keeps compiled. */
const MAX_COMPILED = 1_000;

/** How values of one writer's schema are read, or why they can't be. */
type Reading =
  | {
      readonly check: StructureCheck;
      readonly resolver: Parameters<avsc.Type['decode']>[2];
      /** See `fieldsInPlace`. */
      readonly fields: number;
    }
  | { readonly incompatible: string };

/** Decodes values of any writer's schema that the current schema can read. */
export class AvroDecoder<T> implements ValueDecoder<T> {
  readonly #reader: avsc.Type;
  readonly #readings = new Lru<number, Reading>(MAX_COMPILED);
  #lastId = -1;
  #lastReading: Reading | null = null;

  /** @param onUnknown called for each value whose schema id nobody knows */
  constructor(
    schema: AvroSchema,
    readonly writers: WriterSchemas,
    readonly onUnknown: () => void = () => {},
  ) {
    this.#reader = avroType(schema);
  }

  async prepare(batch: RecordBatch, signal: AbortSignal): Promise<void> {
    const ids = new Set<number>();
    let last = this.#lastId;
    for (const { bytes, length, places, schemaId } of batch.segments) {
      if (schemaId !== NO_SCHEMA) {
        if (this.#readings.get(schemaId) === undefined) ids.add(schemaId);
        continue;
      }
      for (let i = 0; i < length; i++) {
        const start = places[i * PLACES + VALUE_START] as number;
        const size = places[i * PLACES + VALUE_LENGTH] as number;
        if (!hasHeader(bytes, start, size)) continue;
        const id = readSchemaId(bytes, start);
        if (id === last) continue;
        last = id;
        if (this.#readings.get(id) === undefined) ids.add(id);
      }
    }
    if (ids.size > 0) await this.writers.prepare(ids, signal);
  }

  fieldsInPlace(schemaId: number): number {
    const reading = this.#readings.get(schemaId) ?? this.#find(schemaId);
    return reading !== undefined && 'check' in reading ? reading.fields : 0;
  }

  decode(value: Buffer | null): T {
    if (value === null || value.length === 0)
      throw new TactusError('TACTUS_RECORD_EMPTY', 'the record has no value');
    if (!hasHeader(value, 0, value.length))
      throw new TactusError(
        'TACTUS_RECORD_BAD_MAGIC',
        `the value starts with ${value.toString('hex', 0, HEADER_BYTES)}, must be 00 and a schema id of four bytes`,
      );
    const id = readSchemaId(value, 0);
    const reading =
      id === this.#lastId && this.#lastReading !== null ? this.#lastReading : this.#readingOf(id);
    if ('incompatible' in reading)
      throw new TactusError('TACTUS_RECORD_INCOMPATIBLE_SCHEMA', reading.incompatible);
    try {
      reading.check(value, HEADER_BYTES);
      const { value: decoded, offset } = this.#reader.decode(value, HEADER_BYTES, reading.resolver);
      if (offset !== value.length) throw new Error(`${value.length - offset} bytes after the value`);
      return decoded as T;
    } catch (error) {
      const message = `cannot read a ${this.#reader.name} written with schema ${id}: ${messageOf(error)}`;
      throw new TactusError('TACTUS_RECORD_UNDECODABLE', message, { cause: error });
    }
  }

  #readingOf(id: number): Reading {
    const reading = this.#readings.get(id) ?? this.#find(id);
    if (reading === undefined) {
      this.onUnknown();
      throw new TactusError('TACTUS_RECORD_UNKNOWN_SCHEMA', `the registry has no schema with the id ${id}`);
    }
    this.#lastId = id;
    this.#lastReading = reading;
    return reading;
  }

  #find(id: number): Reading | undefined {
    const writer = this.writers.get(id);
    if (writer === undefined) return undefined;
    const reading = this.#compile(id, writer);
    this.#readings.set(id, reading);
    return reading;
  }

  #compile(id: number, writer: RegisteredSchema): Reading {
    if ('unusable' in writer) return { incompatible: `schema ${id} cannot be used: ${writer.unusable}` };
    try {
      const type = avroType(writer.schema);
      const check = structureCheck(writer.schema);
      const fields = leadingFields(this.#reader, type);
      if (this.#reader.equals(type)) return { check, resolver: undefined, fields };
      return { check, resolver: this.#reader.createResolver(type, { ignoreNamespaces: true }), fields };
    } catch (error) {
      return { incompatible: `schema ${id} cannot be read as ${this.#reader.name}: ${messageOf(error)}` };
    }
  }
}

/** The number of fields of the writer's record if they are the reader's first ones, else 0. */
function leadingFields(reader: avsc.Type, writer: avsc.Type): number {
  const { fields } = reader as avsc.types.RecordType;
  const { fields: written } = writer as avsc.types.RecordType;
  if (fields === undefined || written === undefined || written.length > fields.length) return 0;
  const same = written.every((field, i) => {
    const own = fields[i];
    return own !== undefined && own.name === field.name && own.type.equals(field.type);
  });
  return same ? written.length : 0;
}
