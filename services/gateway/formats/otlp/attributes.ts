import { bigVarint } from '../../../../shared/core/varint.js';
import { BYTES, type ProtobufReader, VARINT } from '../protobuf/reader.js';

/** Values inside one another, at most: deeper ones are refused. */
const MAX_DEPTH = 16;

/** What an AnyValue holds, as JSON has it; whole numbers that a number cannot hold are text. */
export type AnyValue =
  | null
  | boolean
  | number
  | string
  | readonly AnyValue[]
  | { readonly [key: string]: AnyValue };

/** The attributes of messages, name to value. Of a name that comes twice the last counts. */
export type Attributes = Record<string, AnyValue>;

export function noAttributes(): Attributes {
  return Object.create(null) as Attributes;
}

/** Adds the KeyValue that the reader's field holds. @throws UndecodableError */
export function readAttribute(reader: ProtobufReader, to: Attributes, depth = 0): void {
  reader.expect(BYTES);
  const { at } = reader;
  const end = reader.to;
  let name = '';
  let value: AnyValue = null;
  reader.at = reader.from;
  while (reader.next(end))
    if (reader.field === 1) {
      reader.expect(BYTES);
      name = reader.bytes.toString('utf8', reader.from, reader.to);
    } else if (reader.field === 2) value = readAnyValue(reader, depth);
  to[name] = value;
  reader.at = at;
}

/** Reads the AnyValue that the reader's field holds. @throws UndecodableError */
export function readAnyValue(reader: ProtobufReader, depth = 0): AnyValue {
  reader.expect(BYTES);
  if (depth > MAX_DEPTH) reader.fail(`values are more than ${MAX_DEPTH} deep in one another`);
  const { at } = reader;
  const end = reader.to;
  let value: AnyValue = null;
  reader.at = reader.from;
  while (reader.next(end)) value = innerValue(reader, value, depth);
  reader.at = at;
  return value;
}

function innerValue(reader: ProtobufReader, before: AnyValue, depth: number): AnyValue {
  const { bytes, from, to } = reader;
  switch (reader.field) {
    case 1:
      reader.expect(BYTES);
      return bytes.toString('utf8', from, to);
    case 2:
      reader.expect(VARINT);
      return reader.unsigned !== 0;
    case 3:
      reader.expect(VARINT);
      return Number.isSafeInteger(reader.signed) ? reader.signed : String(bigVarint(bytes, from, to));
    case 4:
      return reader.double();
    case 5:
      return readArray(reader, depth);
    case 6:
      return readList(reader, depth);
    case 7:
      reader.expect(BYTES);
      return bytes.toString('base64', from, to);
    default:
      return before;
  }
}

function readArray(reader: ProtobufReader, depth: number): AnyValue {
  reader.expect(BYTES);
  const { at } = reader;
  const end = reader.to;
  const values: AnyValue[] = [];
  reader.at = reader.from;
  while (reader.next(end)) if (reader.field === 1) values.push(readAnyValue(reader, depth + 1));
  reader.at = at;
  return values;
}

function readList(reader: ProtobufReader, depth: number): AnyValue {
  reader.expect(BYTES);
  const { at } = reader;
  const end = reader.to;
  const values = noAttributes();
  reader.at = reader.from;
  while (reader.next(end)) if (reader.field === 1) readAttribute(reader, values, depth + 1);
  reader.at = at;
  return values;
}

/** As a tag: lists and maps as JSON. */
export function textOf(value: AnyValue): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : (JSON.stringify(value) ?? '');
}

/** The same for any order of the attributes. */
export function canonical(attributes: Attributes): string {
  return JSON.stringify(
    Object.keys(attributes)
      .sort()
      .map((name) => [name, attributes[name]]),
  );
}

/** Attributes of resources that say what sends: they become tags of all its points. */
export function isPromoted(name: string): boolean {
  return name.startsWith('service.') || name === 'host.name';
}
