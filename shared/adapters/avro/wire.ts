/** Confluent wire format: a magic byte 0, the schema id as four bytes big-endian, the Avro value. */
export const HEADER_BYTES = 5;

const MAGIC = 0;

/** The schema id of a value, or null when it does not start with magic byte and id. */
export function schemaIdOf(value: Buffer): number | null {
  return schemaIdAt(value, 0, value.length);
}

/** As {@link schemaIdOf}, of the value of `length` bytes at `start`; -1 as a length is no value. */
export function schemaIdAt(bytes: Buffer, start: number, length: number): number | null {
  if (length < HEADER_BYTES || bytes[start] !== MAGIC) return null;
  return bytes.readInt32BE(start + 1);
}

/** Writes magic byte and id to the first {@link HEADER_BYTES} bytes. */
export function writeHeader(target: Buffer, schemaId: number): void {
  target[0] = MAGIC;
  target.writeInt32BE(schemaId, 1);
}
