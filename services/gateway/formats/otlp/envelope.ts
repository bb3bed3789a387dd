import { BYTES, type ProtobufReader } from '../protobuf/reader.js';
import { type Attributes, canonical, noAttributes, readAttribute } from './attributes.js';

/** What metrics and logs are sent in: the resource and the scope that they are of. */

/** Name, version and attributes of an instrumentation scope. */
export type Scope = readonly [name: string, version: string, attributes: Attributes];

/**
 * The place of the only message with this number, which may be missing: then it is empty.
 *
 * @throws UndecodableError where there are several
 */
export function onlyMessage(
  reader: ProtobufReader,
  from: number,
  to: number,
  field: number,
): [from: number, to: number] {
  let found: [number, number] | null = null;
  reader.at = from;
  while (reader.next(to)) {
    if (reader.field !== field) continue;
    reader.expect(BYTES);
    if (found !== null) reader.fail(`field ${field} comes twice in one message`);
    found = [reader.from, reader.to];
  }
  return found ?? [from, from];
}

/** The attributes that a message has as its fields with this number. @throws UndecodableError */
export function readAttributes(reader: ProtobufReader, from: number, to: number, field: number): Attributes {
  const attributes = noAttributes();
  reader.at = from;
  while (reader.next(to)) if (reader.field === field) readAttribute(reader, attributes);
  return attributes;
}

/** @throws UndecodableError */
export function readScope(reader: ProtobufReader, from: number, to: number): Scope {
  let name = '';
  let version = '';
  reader.at = from;
  while (reader.next(to))
    if (reader.field === 1 || reader.field === 2) {
      reader.expect(BYTES);
      const text = reader.bytes.toString('utf8', reader.from, reader.to);
      if (reader.field === 1) name = text;
      else version = text;
    }
  return [name, version, readAttributes(reader, from, to, 3)];
}

/** Resource and scope as one text, the same for any order of their attributes. */
export function originText(resource: Attributes, [name, version, attributes]: Scope): string {
  return JSON.stringify([canonical(resource), name, version, canonical(attributes)]);
}
