import { EvaluationError, type Frame, isInt, spend, typeOf } from './evaluation.js';
import { list, SCALAR, type Shape, stepsFor, stepsToMake, text, WRITTEN } from './shape.js';

/** A function that expressions can call. A method's receiver is its first argument. */
export interface CelFunction {
  /** Counts its own steps. */
  run(frame: Frame, args: readonly unknown[]): unknown;
  /** What comes of arguments of these shapes, in at most how many steps. */
  bound(args: readonly Shape[]): { readonly steps: number; readonly shape: Shape };
}

function stringOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new EvaluationError(`found no matching overload for '${what}(${typeOf(value)})'`);
}

/** Of one value that is read as a whole. */
function conversion(
  name: string,
  convert: (value: unknown) => unknown,
  shapeOf: (value: Shape) => Shape = () => SCALAR,
): CelFunction {
  return {
    run(frame, [value]) {
      if (typeof value === 'string') spend(frame, stepsFor(value.length));
      const made = convert(value);
      if (made !== undefined) return made;
      throw new EvaluationError(`found no matching overload for '${name}(${typeOf(value)})'`);
    },
    bound: ([value = SCALAR]) => ({ steps: stepsToMake(value), shape: shapeOf(value) }),
  };
}

function bool(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  if (['1', 't', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw new EvaluationError('bool() conversion error: invalid string value');
}

const NAMED_DOUBLES: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};

function double(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') return undefined;
  const lower = value.toLowerCase();
  if (Object.hasOwn(NAMED_DOUBLES, lower)) return NAMED_DOUBLES[lower];
  const parsed = Number(value);
  if (value !== '' && value === value.trim() && !Number.isNaN(parsed)) return parsed;
  throw new EvaluationError('double() type error: cannot convert to double');
}

function int(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : null;
    if (whole !== null && isInt(whole)) return whole;
    throw new EvaluationError('int() type error: integer overflow');
  }
  if (typeof value !== 'string') return undefined;
  const parsed = /^-?\d{1,19}$/.test(value) ? BigInt(value) : null;
  if (parsed !== null && isInt(parsed)) return parsed;
  throw new EvaluationError('int() type error: cannot convert to int');
}

function string(value: unknown): string | undefined {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  const writable = ['string', 'boolean', 'bigint', 'number'].includes(typeof value);
  return writable ? String(value) : undefined;
}

/** Texts have as many as they have code points. */
const size: CelFunction = {
  run(frame, [value]) {
    if (typeof value === 'string') {
      spend(frame, value.length);
      let count = 0;
      for (let at = 0; at < value.length; at += (value.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) count += 1;
      return BigInt(count);
    }
    if (Array.isArray(value)) return BigInt(value.length);
    if (value instanceof Map) return BigInt(value.size);
    if (typeof value !== 'object' || value === null)
      throw new EvaluationError(`found no matching overload for 'size(${typeOf(value)})'`);
    const { length } = Object.keys(value);
    spend(frame, length);
    return BigInt(length);
  },
  bound: ([value = SCALAR]) => ({ steps: value.length, shape: SCALAR }),
};

/** Searching for one text in another takes at worst a comparison at each place. */
const searchSteps = (within: number, sought: number) => stepsFor(within * Math.max(1, sought));

function searching(
  name: string,
  result: (within: string, sought: string, from?: number) => unknown,
): CelFunction {
  return {
    run(frame, [value, part, from]) {
      const [within, sought] = [stringOf(value, name), stringOf(part, name)];
      spend(frame, searchSteps(within.length, sought.length));
      if (from === undefined) return result(within, sought);
      const start = Number(from);
      if (sought === '') return from;
      if (start < 0 || start >= within.length) throw new EvaluationError(`${name}(): index out of range`);
      return result(within, sought, start);
    },
    bound: ([within = SCALAR, sought = SCALAR]) => ({
      steps: searchSteps(within.length, sought.length),
      shape: SCALAR,
    }),
  };
}

function changing(name: string, change: (value: string) => string): CelFunction {
  return {
    run(frame, [value]) {
      const before = stringOf(value, name);
      spend(frame, stepsFor(before.length));
      return change(before);
    },
    bound: ([value = SCALAR]) => ({ steps: stepsFor(value.length), shape: text(value.length) }),
  };
}

const substring: CelFunction = {
  run(frame, [value, from, to]) {
    const whole = stringOf(value, 'substring');
    const start = Number(from);
    const end = to === undefined ? whole.length : Number(to);
    if (!(start >= 0 && start <= end && end <= whole.length))
      throw new EvaluationError('substring(): index out of range');
    spend(frame, stepsFor(end - start));
    return whole.slice(start, end);
  },
  bound: ([value = SCALAR]) => ({ steps: stepsFor(value.length), shape: text(value.length) }),
};

/** At each separator; with a limit of so many, the rest stays together in the last part. */
const split: CelFunction = {
  run(frame, [value, separator, limit]) {
    const [whole, between] = [stringOf(value, 'split'), stringOf(separator, 'split')];
    spend(frame, whole.length + searchSteps(whole.length, between.length));
    const most = limit === undefined ? -1 : Number(limit);
    if (most === 0) return [];
    const parts = whole.split(between);
    if (most < 0 || parts.length <= most) return parts;
    return [...parts.slice(0, most - 1), parts.slice(most - 1).join(between)];
  },
  bound: ([value = SCALAR, separator = SCALAR]) => ({
    steps: value.length + searchSteps(value.length, separator.length),
    shape: list(value.length + 1, text(value.length)),
  }),
};

const join: CelFunction = {
  run(frame, [parts, separator = '']) {
    const between = stringOf(separator, 'join');
    let length = 0;
    for (const part of parts as readonly unknown[]) {
      spend(frame, 1);
      length += stringOf(part, 'join').length + between.length;
    }
    spend(frame, stepsFor(length));
    return (parts as readonly string[]).join(between);
  },
  bound([parts = SCALAR, separator = SCALAR]) {
    const length = parts.length * ((parts.of ?? SCALAR).length + separator.length);
    return { steps: parts.length + stepsFor(length), shape: text(length) };
  },
};

const dyn: CelFunction = {
  run: (_, [value]) => value,
  bound: ([value = SCALAR]) => ({ steps: 0, shape: value }),
};

/** `name(value)`. */
export const FUNCTIONS: ReadonlyMap<string, CelFunction> = new Map([
  ['size', size],
  ['bool', conversion('bool', bool)],
  ['double', conversion('double', double)],
  ['int', conversion('int', int)],
  ['string', conversion('string', string, ({ length }) => text(Math.max(length, WRITTEN)))],
  ['dyn', dyn],
]);

/** `value.name(...)`; `matches` and the macros apart. */
export const METHODS: ReadonlyMap<string, CelFunction> = new Map([
  ['size', size],
  ['startsWith', searching('startsWith', (within, start) => within.startsWith(start))],
  ['endsWith', searching('endsWith', (within, end) => within.endsWith(end))],
  ['contains', searching('contains', (within, part) => within.includes(part))],
  ['indexOf', searching('indexOf', (within, part, from) => BigInt(within.indexOf(part, from)))],
  ['lastIndexOf', searching('lastIndexOf', (within, part, from) => BigInt(within.lastIndexOf(part, from)))],
  ['lowerAscii', changing('lowerAscii', (value) => value.replace(/[A-Z]+/g, (part) => part.toLowerCase()))],
  ['upperAscii', changing('upperAscii', (value) => value.replace(/[a-z]+/g, (part) => part.toUpperCase()))],
  ['trim', changing('trim', (value) => value.trim())],
  ['substring', substring],
  ['split', split],
  ['join', join],
]);
