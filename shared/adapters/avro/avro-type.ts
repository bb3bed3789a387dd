import avsc from 'avsc';
import type { AvroSchema } from '../../core/avro-schema.js';

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
 *
 * Sign and magnitude are taken apart before anything is added up, so that 53 bits are enough.
 */
class ExactLong extends avsc.types.LongType {
  protected _read(tap: Tap): number {
    const { buf } = tap;
    let byte = buf[tap.pos++] as number;
    const negative = byte & 1;
    let magnitude = (byte & 0x7f) >> 1;
    let scale = 64;
    while (byte & 0x80) {
      byte = buf[tap.pos++] as number;
      magnitude += (byte & 0x7f) * scale;
      scale *= 128;
    }
    const value = negative ? -magnitude - 1 : magnitude;
    if (!Number.isSafeInteger(value)) throw new Error('a long beyond 2^53 - 1, which a number cannot hold');
    return value;
  }

  protected _write(tap: Tap, value: unknown): void {
    if (!Number.isSafeInteger(value)) throw new Error(`${String(value)} is no whole number within 2^53 - 1`);
    const number = value as number;
    const { buf } = tap;
    let rest = number < 0 ? -(number + 1) : number;
    let byte = ((rest % 64) << 1) | (number < 0 ? 1 : 0);
    rest = Math.floor(rest / 64);
    while (rest > 0) {
      buf[tap.pos++] = byte | 0x80;
      byte = rest % 128;
      rest = Math.floor(rest / 128);
    }
    buf[tap.pos++] = byte;
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
