/*
 * Headers as one run of bytes, laid out as the log's record format has them (KIP-98): a count, then
 * for each header the length of its name, the name, the length of its value, the value; lengths and
 * the count are zigzag varints. What is forwarded keeps its headers by a copy of that run, so that
 * repeated names and their order stay.
 */

/** The run of bytes of some headers. */
export function encodeHeaders(headers: Readonly<Record<string, Buffer | string>>): Buffer {
  const entries = Object.entries(headers);
  const parts = [varint(entries.length)];
  for (const [name, value] of entries) parts.push(...part(Buffer.from(name)), ...part(Buffer.from(value)));
  return Buffer.concat(parts);
}

/** The headers of a run that begins at `start`; of repeated names the last, and null as no bytes. */
export function decodeHeaders(bytes: Buffer, start: number): Record<string, Buffer> {
  let at = start;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw new RangeError('headers that are cut short');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
  };
  const run = (): Buffer => {
    const length = Math.max(0, next());
    at += length;
    return bytes.subarray(at - length, at);
  };
  const headers: [string, Buffer][] = [];
  for (let left = next(); left > 0; left--) headers.push([run().toString(), run()]);
  // Defines what it is given: a header may be called "__proto__".
  return Object.fromEntries(headers);
}

function part(bytes: Buffer): Buffer[] {
  return [varint(bytes.length), bytes];
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}
