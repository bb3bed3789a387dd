import { NO_SCHEMA, type RecordSegment } from '../core/record-batch.js';
import type { ValueDecoder } from '../ports/codec.js';

/*
 * Confluent wire format: a magic byte 0, the schema id as four bytes big-endian, the Avro value.
 */

/** Magic byte and schema id. */
export const HEADER_BYTES = 5;

const MAGIC = 0;

/** Whether the value of `length` bytes at `start` begins with magic byte and id; a null value has -1. */
export function hasHeader(bytes: Buffer, start: number, length: number): boolean {
  return length >= HEADER_BYTES && bytes[start] === MAGIC;
}

/** The schema id of a value that {@link hasHeader}. */
export function readSchemaId(bytes: Buffer, start: number): number {
  return (
    ((bytes[start + 1] as number) << 24) |
    ((bytes[start + 2] as number) << 16) |
    ((bytes[start + 3] as number) << 8) |
    (bytes[start + 4] as number)
  );
}

/** The schema id of the value of `length` bytes at `start`, or {@link NO_SCHEMA} without a header. */
export function schemaIdAt(bytes: Buffer, start: number, length: number): number {
  return hasHeader(bytes, start, length) ? readSchemaId(bytes, start) : NO_SCHEMA;
}

/** Writes magic byte and id to the first {@link HEADER_BYTES} bytes. */
export function writeHeader(target: Buffer, schemaId: number): void {
  target[0] = MAGIC;
  target.writeInt32BE(schemaId, 1);
}

/** A reader of values where they lie. */
export interface InPlace {
  /** How many fields the values have that are read next. */
  fields: number;
  /** The numbers of fields that it knows the layout of: those of the current schema, and of earlier ones. */
  readonly layouts: readonly number[];
}

/**
 * Finds which values of a segment can be read in place, because they are laid out as the current schema says, or an earlier
 * one that it only adds fields to. Segments whose values share a schema, as nearly all do, are looked up once.
 */
export class KnownLayouts {
  #bytes: Buffer = Buffer.alloc(0);
  /** Of the two schemas that were found last: lookups are costly, and while producers are upgraded two alternate. */
  #id = NO_SCHEMA;
  #fields = 0;
  #otherId = NO_SCHEMA;
  #otherFields = 0;

  /** @param reader is given the number of fields of the values that are found */
  constructor(
    private readonly decoder: Pick<ValueDecoder<unknown>, 'fieldsInPlace'>,
    private readonly reader: InPlace,
  ) {}

  /**
   * Takes the segment that the following values are in.
   *
   * @returns true when all its values can be read in place; else `has` has to be asked for each, which
   *   a hot loop should not do without need: it costs 5 ns of the 160 that a point takes in windowing
   */
  use({ bytes, schemaId }: Pick<RecordSegment, 'bytes' | 'schemaId'>): boolean {
    this.#bytes = bytes;
    return this.#find(schemaId);
  }

  /** Whether the value of `length` bytes at `start` can be read in place. */
  has(start: number, length: number): boolean {
    return this.#find(schemaIdAt(this.#bytes, start, length));
  }

  #find(schemaId: number): boolean {
    if (schemaId !== this.#id && !this.#turnTo(schemaId)) return false;
    this.reader.fields = this.#fields;
    return schemaId >= 0;
  }

  #turnTo(schemaId: number): boolean {
    if (schemaId < 0) return false;
    const [id, fields] = [this.#id, this.#fields];
    if (schemaId === this.#otherId) this.#fields = this.#otherFields;
    else {
      const found = this.decoder.fieldsInPlace(schemaId);
      if (!this.reader.layouts.includes(found)) return false;
      this.#fields = found;
    }
    this.#id = schemaId;
    this.#otherId = id;
    this.#otherFields = fields;
    return true;
  }
}
