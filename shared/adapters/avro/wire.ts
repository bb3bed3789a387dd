/** Confluent wire format: a magic byte 0, the schema id as four bytes big-endian, the Avro value. */
export const HEADER_BYTES = 5;

const MAGIC = 0;

/** The schema id of a value, or null when it does not start with magic byte and id. */
export function schemaIdOf(value: Buffer): number | null {
  if (value.length < HEADER_BYTES || value[0] !== MAGIC) return null;
  return value.readInt32BE(1);
}

/** Writes magic byte and id to the first {@link HEADER_BYTES} bytes. */
export function writeHeader(target: Buffer, schemaId: number): void {
  target[0] = MAGIC;
  target.writeInt32BE(schemaId, 1);
}
