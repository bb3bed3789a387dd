import { NO_SCHEMA } from '../core/record-batch.js';

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
