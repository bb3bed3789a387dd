import { isUtf8 } from 'node:buffer';
import avsc from 'avsc';

import {
  type AvroPrimitive,
  type AvroSchema,
  fullName,
  isPrimitive,
  namespaceOf,
} from '../../core/avro-schema.js';
import { VarintReader, writeVarint } from '../../core/varint.js';

const NUMBERS = ['int', 'long', 'float', 'double'];
const PLAIN = new Set(['null', 'boolean', 'string', ...NUMBERS]);

/**
 * A schema as avsc's type, set up so that values look like the generated TypeScript types: records
 * are plain objects, and a union of several numbers is a plain number.
 *
 * `long` stands for whole numbers within +-(2^53 - 1): one beyond it is refused, not rounded.
 *
 * @throws Error of avsc for what is no schema.
 */
export function avroType(schema: AvroSchema): avsc.Type {
  const type = avsc.Type.forSchema(schema as avsc.Schema, {
    omitRecordMethods: true,
    typeHook: typeHook(),
  });
  plainRecords(type, new Set());
  return type;
}

/** avsc wraps values of a union with several numbers in objects; such unions of primitives are unwrapped. */
function typeHook(): avsc.ForSchemaOptions['typeHook'] {
  let inside = false;
  return (schema, options) => {
    if (schema === 'long' || (schema as { type?: unknown }).type === 'long') return EXACT_LONG;
    if (inside || !Array.isArray(schema)) return undefined;
    const branches = schema as unknown[];
    const ambiguous = branches.filter((branch) => NUMBERS.includes(branch as string)).length > 1;
    if (!ambiguous || !branches.every((branch) => PLAIN.has(branch as string))) return undefined;
    inside = true;
    try {
      return new PlainUnion(schema, { ...options, wrapUnions: 'always' });
    } finally {
      inside = false;
    }
  };
}

type Wrapped = Readonly<Record<string, unknown>> | null;

/** A union of primitives whose values are plain: whole numbers are written as long, others as double. */
class PlainUnion extends avsc.types.LogicalType {
  get #branches(): readonly avsc.Type[] {
    return (this.underlyingType as avsc.types.WrappedUnionType).types;
  }

  protected override _fromValue(wrapped: Wrapped): unknown {
    if (wrapped === null) return null;
    for (const branch in wrapped) return wrapped[branch];
    return undefined;
  }

  protected override _toValue(value: unknown): Wrapped | undefined {
    if (value === null) return null;
    const whole = !Object.is(value, -0);
    for (const { branchName: typeName = '' } of this.#branches) {
      const fits =
        typeName === 'int' || typeName === 'long'
          ? whole && fitsWhole(typeName, value)
          : typeName === (typeof value === 'number' ? 'double' : typeof value) ||
            (typeName === 'float' && typeof value === 'number');
      if (fits) return { [typeName]: value };
    }
    return undefined;
  }

  /** `writer` is a branch of the writer's union, or all that the writer knew. */
  protected override _resolve(writer: avsc.Type): ((value: unknown) => unknown) | undefined {
    if (!PLAIN.has(writer.branchName ?? '')) return undefined;
    return this.#branches.some((branch) => canRead(branch, writer)) ? (value) => value : undefined;
  }
}

function fitsWhole(typeName: 'int' | 'long', value: unknown): boolean {
  if (!Number.isInteger(value)) return false;
  return typeName === 'long' ? Number.isSafeInteger(value) : value === ((value as number) | 0);
}

function canRead(reader: avsc.Type, writer: avsc.Type): boolean {
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    // avsc has no other way to say that it can't.
    return false;
  }
}

/** Makes avsc's record classes build plain objects, so that they compare and print as such. */
function plainRecords(type: avsc.Type, seen: Set<avsc.Type>): void {
  if (seen.has(type)) return;
  seen.add(type);
  const { fields, recordConstructor, itemsType, valuesType, types } = type as avsc.Type & {
    readonly fields?: readonly avsc.types.Field[];
    readonly recordConstructor?: { prototype: object };
    readonly itemsType?: avsc.Type;
    readonly valuesType?: avsc.Type;
    readonly types?: readonly avsc.Type[];
  };
  if (recordConstructor !== undefined) recordConstructor.prototype = Object.prototype;
  for (const inner of [...(fields ?? []).map((f) => f.type), itemsType, valuesType, ...(types ?? [])])
    if (inner !== undefined) plainRecords(inner, seen);
}

const LONGS = new VarintReader();

/** avsc's cursor over the bytes, as far as it is needed here. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
}

/**
 * Avro's `long` as a number, exact for +-(2^53 - 1) and refused beyond. avsc's own goes through a
 * zig-zag number of up to 2^54 in floating point and silently changes odd values below -2^52. Its
 * documented way to bring another one (`LongType.__with`) costs a buffer per number and most of the
 * speed, so the three methods are replaced that a type reads, writes and checks with; the version
 * of avsc is pinned, and the property tests go through all of it.
 */
class ExactLong extends avsc.types.LongType {
  protected _read(tap: Tap): number {
    LONGS.bytes = tap.buf;
    LONGS.at = tap.pos;
    const value = LONGS.next();
    tap.pos = LONGS.at;
    if (!Number.isSafeInteger(value)) throw new Error('a long beyond 2^53 - 1, which a number cannot hold');
    return value;
  }

  protected _write(tap: Tap, value: unknown): void {
    if (!Number.isSafeInteger(value)) throw new Error(`${String(value)} is no whole number within 2^53 - 1`);
    tap.pos = writeVarint(tap.buf, tap.pos, value as number);
  }

  protected _check(
    value: unknown,
    _flags: unknown,
    hook?: (value: unknown, type: avsc.Type) => void,
  ): boolean {
    const good = Number.isSafeInteger(value);
    if (!good) hook?.(value, this);
    return good;
  }
}

/** One for all schemas: it has no state. */
const EXACT_LONG: avsc.types.LongType = new ExactLong();

/** Checks that the bytes from `start` to the end are one value of the schema, and nothing more. */
export type StructureCheck = (bytes: Buffer, start: number) => void;

/** An int has at most 32 bits. */
const INT_BYTES = 5;
/** Most items without a single byte (such as an array of nulls) in one value. */
const MAX_EMPTY_ITEMS = 65_536;
/** Longest run that is looked at byte by byte before the native check takes over. */
const SHORT_TEXT = 48;

/** Where the check has come to. */
class Cursor extends VarintReader {
  emptyItems = 0;

  need(count: number): void {
    if (count > this.bytes.length - this.at) throw new Error('the value is cut short');
  }

  /** Counts items that take no bytes, which the length of the value does not limit. */
  empty(items: number): void {
    this.emptyItems += items;
    if (this.emptyItems > MAX_EMPTY_ITEMS) throw new Error('too many items without bytes');
  }

  /** A length that fits into what is left. */
  length(): number {
    const length = this.next();
    if (length < 0) throw new Error('a negative length');
    this.need(length);
    return length;
  }
}

type Walk = (cursor: Cursor) => void;

/** A walk that may still be under construction, for types that mention themselves. */
interface Node {
  walk: Walk;
  /** Fewest bytes of a value; infinite while under construction. */
  minBytes: number;
}

/**
 * Compiles the check for a writer's schema. avsc reads arbitrary bytes leniently: a map of 2^50
 * entries in a record of 20 bytes keeps it busy for days, and invalid UTF-8 is replaced. So the
 * shape is checked before avsc sees the bytes; the time is proportional to their number.
 *
 * @throws Error for a reference to a type that is not defined.
 */
export function structureCheck(schema: AvroSchema): StructureCheck {
  const { walk } = compile(schema, undefined, new Map());
  const cursor = new Cursor();
  return (bytes, start) => {
    cursor.bytes = bytes;
    cursor.at = start;
    cursor.emptyItems = 0;
    walk(cursor);
    if (cursor.at !== bytes.length) throw new Error(`${bytes.length - cursor.at} bytes after the value`);
  };
}

function compile(schema: AvroSchema, namespace: string | undefined, names: Map<string, Node>): Node {
  if (typeof schema === 'string') {
    if (isPrimitive(schema)) return PRIMITIVES[schema];
    const node = names.get(fullName(schema, namespace));
    if (node === undefined) throw new Error(`there is no type ${schema}`);
    return node;
  }
  if (Array.isArray(schema)) return union(schema.map((branch) => compile(branch, namespace, names)));
  const type = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
  switch (type.type) {
    case 'record':
    case 'error': {
      const name = fullName(type.name, type.namespace ?? namespace);
      const node: Node = { walk: () => {}, minBytes: Number.POSITIVE_INFINITY };
      names.set(name, node);
      const fields = type.fields.map((field) => compile(field.type, namespaceOf(name), names));
      node.walk = sequence(fields);
      node.minBytes = fields.reduce((sum, field) => sum + field.minBytes, 0);
      return node;
    }
    case 'enum':
      return define(names, fullName(type.name, type.namespace ?? namespace), index(type.symbols.length));
    case 'fixed':
      return define(names, fullName(type.name, type.namespace ?? namespace), bytesOf(type.size));
    case 'array':
      return blocks(compile(type.items, namespace, names));
    case 'map': {
      const values = compile(type.values, namespace, names);
      const entry: Walk = (cursor) => {
        mapKey(cursor);
        values.walk(cursor);
      };
      // The values of a map inside the type that it is part of are not known yet: their key is.
      return blocks({ walk: entry, minBytes: Number.isFinite(values.minBytes) ? 1 + values.minBytes : 1 });
    }
    default:
      return compile(type.type as AvroSchema, namespace, names);
  }
}

function define(names: Map<string, Node>, name: string, node: Node): Node {
  names.set(name, node);
  return node;
}

function sequence(fields: readonly Node[]): Walk {
  return (cursor) => {
    for (let i = 0; i < fields.length; i++) (fields[i] as Node).walk(cursor);
  };
}

function union(branches: readonly Node[]): Node {
  const walk: Walk = (cursor) => {
    const branch = branches[cursor.next()];
    if (branch === undefined) throw new Error('a union index that is out of range');
    branch.walk(cursor);
  };
  return { walk, minBytes: 1 + Math.min(...branches.map((branch) => branch.minBytes)) };
}

function index(count: number): Node {
  const walk: Walk = (cursor) => {
    const value = cursor.next();
    if (value < 0 || value >= count) throw new Error('an enum index that is out of range');
  };
  return { walk, minBytes: 1 };
}

function bytesOf(size: number): Node {
  const walk: Walk = (cursor) => {
    cursor.need(size);
    cursor.at += size;
  };
  return { walk, minBytes: size };
}

/** Arrays and maps: blocks of items, each led by its count (negative: followed by its size in bytes). */
function blocks(item: Node): Node {
  const walk: Walk = (cursor) => {
    for (let count = cursor.next(); count !== 0; count = cursor.next()) {
      const end = count < 0 ? cursor.length() + cursor.at : null;
      const items = Math.abs(count);
      if (item.minBytes > 0) cursor.need(items * item.minBytes);
      else cursor.empty(items);
      for (let i = 0; i < items; i++) item.walk(cursor);
      if (end !== null && cursor.at !== end) throw new Error('a block that is not as long as it says');
    }
  };
  return { walk, minBytes: 1 };
}

function text(cursor: Cursor): void {
  const length = cursor.length();
  const end = cursor.at + length;
  const { bytes } = cursor;
  let at = cursor.at;
  if (length <= SHORT_TEXT) while (at < end && (bytes[at] as number) < 0x80) at++;
  if (at < end && !isUtf8(bytes.subarray(cursor.at, end))) throw new Error('a string that is not UTF-8');
  cursor.at = end;
}

/** A plain object can't hold an entry of this name: it would be lost without a word. */
const FORBIDDEN_KEY = '__proto__';

function mapKey(cursor: Cursor): void {
  text(cursor);
  const start = cursor.at - FORBIDDEN_KEY.length;
  if (cursor.bytes[start] === 0x5f && cursor.bytes[start - 1] === FORBIDDEN_KEY.length * 2)
    if (cursor.bytes.toString('latin1', start, cursor.at) === FORBIDDEN_KEY)
      throw new Error(`a map key ${FORBIDDEN_KEY}, which is not allowed`);
}

const PRIMITIVES: Readonly<Record<AvroPrimitive, Node>> = {
  null: bytesOf(0),
  boolean: {
    walk: (cursor) => {
      cursor.need(1);
      if ((cursor.bytes[cursor.at++] as number) > 1) throw new Error('a boolean that is neither 0 nor 1');
    },
    minBytes: 1,
  },
  int: {
    walk: (cursor) => {
      const start = cursor.at;
      const value = cursor.next();
      if (value !== (value | 0) || cursor.at - start > INT_BYTES)
        throw new Error('an int of more than 32 bits');
    },
    minBytes: 1,
  },
  long: { walk: (cursor) => void cursor.next(), minBytes: 1 },
  float: bytesOf(4),
  double: bytesOf(8),
  bytes: {
    walk: (cursor) => {
      const length = cursor.length();
      cursor.at += length;
    },
    minBytes: 1,
  },
  string: { walk: text, minBytes: 1 },
};
