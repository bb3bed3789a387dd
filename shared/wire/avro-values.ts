import { writeVarint } from '../core/varint.js';

/*
 * Small values in Avro binary encoding (Avro specification 1.11), each in a buffer of its own: for what is
 * written once and then copied.
 */

const LONG_BYTES = 10;

/** An Avro long, as lengths and counts are too. */
export function avroLong(value: number): Buffer {
  const bytes = Buffer.alloc(LONG_BYTES);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}

/** An Avro string. */
export function avroString(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([avroLong(bytes.length), bytes]);
}

/** An Avro map of doubles, in one block. */
export function avroDoubleMap(values: Readonly<Record<string, number>>): Buffer {
  const entries = Object.entries(values).map(([name, value]) => {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value);
    return Buffer.concat([avroString(name), double]);
  });
  const count = entries.length > 0 ? [avroLong(entries.length)] : [];
  return Buffer.concat([...count, ...entries, avroLong(0)]);
}
