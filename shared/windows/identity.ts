import { type Series, tagNames } from './series.js';

/*
 * The identity of a series as bytes: tenantId, metric and tags as MetricPoint and WindowAggregate
 * have them, in Avro binary encoding (Avro specification 1.11), the tags as one block in order of
 * their names. No identity begins with another.
 */

const NO_MORE = Buffer.from([0]);

/** The same for any order of the tags; of these `groupBy` keeps some, null all. */
export function writeIdentity({ tenantId, metric, tags }: Series, groupBy: readonly string[] | null): Buffer {
  const names = tagNames(tags, groupBy);
  return Buffer.concat([
    avroText(tenantId),
    avroText(metric),
    ...(names.length > 0 ? [avroLength(names.length)] : []),
    ...names.flatMap((name) => [avroText(name), avroText(tags[name] as string)]),
    NO_MORE,
  ]);
}

/** What {@link writeIdentity} has written. */
export function readIdentity(bytes: Buffer): Series {
  let at = 0;
  const number = (): number => {
    let zigzag = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) return zigzag >>> 1;
    }
  };
  const text = (): string => {
    const length = number();
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const tenantId = text();
  const metric = text();
  const tags: Record<string, string> = {};
  for (let left = number(); left > 0; left--) {
    const name = text();
    tags[name] = text();
  }
  return { tenantId, metric, tags };
}

/** An Avro string. */
export function avroText(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([avroLength(bytes.length), bytes]);
}

/** An Avro long that is not negative and below 2^31, as lengths and counts are. */
export function avroLength(length: number): Buffer {
  const bytes: number[] = [];
  let left = length * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}
