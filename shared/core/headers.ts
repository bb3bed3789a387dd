import { VarintReader, writeVarint } from './varint.js';

/*
 * Headers as one run of bytes, laid out as the log's record format has them (KIP-98): a count, then
 * for each header the length of its name, the name, the length of its value, the value; lengths and
 * the count are zigzag varints. What is forwarded keeps its headers by a copy of that run, so that
 * repeated names and their order stay.
 */

const MAX_VARINT_BYTES = 5;

/** The run of bytes of some headers. */
export function encodeHeaders(headers: Readonly<Record<string, Buffer | string>>): Buffer {
  const entries = Object.entries(headers);
  const parts = [varint(entries.length)];
  for (const [name, value] of entries) parts.push(...part(Buffer.from(name)), ...part(Buffer.from(value)));
  return Buffer.concat(parts);
}

/** The headers of a run that begins at `start`; of repeated names the last, and null as no bytes. */
export function decodeHeaders(bytes: Buffer, start: number): Record<string, Buffer> {
  const reader = new VarintReader(bytes);
  reader.at = start;
  const next = () => reader.next();
  const run = (): Buffer => {
    const length = Math.max(0, next());
    reader.at += length;
    return bytes.subarray(reader.at - length, reader.at);
  };
  const headers: [string, Buffer][] = [];
  for (let left = next(); left > 0; left--) headers.push([run().toString(), run()]);
  // Defines what it is given: a header may be called "__proto__".
  return Object.fromEntries(headers);
}

/** One run of the headers of several, in their order. */
export function joinHeaders(...runs: readonly Buffer[]): Buffer {
  let count = 0;
  const parts = runs.map((run) => {
    const reader = new VarintReader(run);
    count += reader.next();
    return run.subarray(reader.at);
  });
  return Buffer.concat([varint(count), ...parts]);
}

function part(bytes: Buffer): Buffer[] {
  return [varint(bytes.length), bytes];
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(MAX_VARINT_BYTES);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}
