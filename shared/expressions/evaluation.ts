import { bounded, type Shape, stepsFor } from './shape.js';

/** What whole numbers have no result for; doubles are infinite then, or not a number. */
export const DIVISION_BY_ZERO = 'division by zero';
export const MODULO_BY_ZERO = 'modulo by zero';

/**
 * Why an expression has no value, such as for a tag that a series does not have. Without the stack, which would take
 * longer than the evaluation, and which `||` and `exists` may throw away for each of their parts.
 */
export class EvaluationError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Something is looked up under a key that is not there. */
export class NoSuchKey extends EvaluationError {
  constructor(key: unknown) {
    super(`No such key: ${String(key)}`);
  }
}

/** An evaluation has taken more steps than are allowed. Nothing in the expression can catch it. */
export class TooManySteps extends Error {
  constructor() {
    super(`takes more than ${MAX_STEPS} steps`);
  }
}

/**
 * Most steps of one evaluation, 5 to 20 ns each. What takes longer with longer texts and lists is counted as more
 * steps, so this bounds the time and the memory of an evaluation, whatever it is given.
 */
export const MAX_STEPS = 100_000;
/** The state of one evaluation. */
export interface Frame {
  steps: number;
  bindings: Readonly<Record<string, unknown>>;
  /** Variables of comprehensions, by the depth of their nesting. */
  readonly locals: unknown[];
}

/** Counts steps before they are taken. @throws TooManySteps */
export function spend(frame: Frame, steps: number): void {
  frame.steps -= steps;
  if (frame.steps < 0) throw new TooManySteps();
}

/** A part of an expression: how it is evaluated, in how many steps at most, and how large a value it has then. */
export interface Part {
  readonly run: (frame: Frame) => unknown;
  readonly steps: number;
  readonly shape: Shape;
}

/** The value of a part, or why it has none. */
export function attempt(part: Part, frame: Frame): unknown {
  try {
    return part.run(frame);
  } catch (error) {
    if (error instanceof EvaluationError) return error;
    throw error;
  }
}

/** A literal. */
export function constant(value: unknown, shape: Shape): Part {
  const run = (frame: Frame) => {
    spend(frame, 1);
    return value;
  };
  return { run, steps: 1, shape };
}

/** What the expression is evaluated for. */
export function bound(name: string, shape: Shape): Part {
  const run = (frame: Frame) => {
    spend(frame, 1);
    const found = frame.bindings[name];
    if (found === undefined) throw new EvaluationError(`${name} has no value here`);
    return found;
  };
  return { run, steps: 1, shape };
}

/** A variable of a comprehension. */
export function local(slot: number, shape: Shape): Part {
  const run = (frame: Frame) => {
    spend(frame, 1);
    return frame.locals[slot];
  };
  return { run, steps: 1, shape };
}

export interface Operation {
  readonly apply: (frame: Frame, left: unknown, right: unknown) => unknown;
  /** Beyond the one that each takes. */
  readonly steps: number;
  readonly shape: Shape;
}

/** An operator between two parts. */
export function operation(left: Part, right: Part, { apply, steps, shape }: Operation): Part {
  const run = (frame: Frame) => {
    const first = left.run(frame);
    const second = right.run(frame);
    spend(frame, 1);
    return apply(frame, first, second);
  };
  return { run, steps: bounded(left.steps + right.steps + 1 + steps), shape };
}

/** The name that CEL has for the type of a value. */
export function typeOf(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    default:
      return value === null ? 'null_type' : Array.isArray(value) ? 'list' : 'map';
  }
}

function noOverload(left: unknown, operator: string, right: unknown): never {
  throw new EvaluationError(`no such overload: ${typeOf(left)} ${operator} ${typeOf(right)}`);
}

/** Whether CEL's int, of 64 bits, holds it. */
export function isInt(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

function int(value: bigint): bigint {
  if (!isInt(value)) throw new EvaluationError('integer overflow');
  return value;
}

export function negated(value: unknown): number | bigint {
  if (typeof value === 'number') return -value;
  if (typeof value === 'bigint') return int(-value);
  throw new EvaluationError(`no such overload: -${typeOf(value)}`);
}

export type Arithmetic = '+' | '-' | '*' | '/' | '%';

const DOUBLES: Readonly<Record<Exclude<Arithmetic, '%'>, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

const INTS: Readonly<Record<Arithmetic, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => {
    if (b === 0n) throw new EvaluationError(DIVISION_BY_ZERO);
    return a / b;
  },
  '%': (a, b) => {
    if (b === 0n) throw new EvaluationError(MODULO_BY_ZERO);
    return a % b;
  },
};

/** `+` also joins texts and lists. */
export function arithmetic(operator: Arithmetic): (frame: Frame, left: unknown, right: unknown) => unknown {
  const ofInts = INTS[operator];
  const ofDoubles = operator === '%' ? null : DOUBLES[operator];
  return (frame, left, right) => {
    if (typeof left === 'number' && typeof right === 'number' && ofDoubles !== null)
      return ofDoubles(left, right);
    if (typeof left === 'bigint' && typeof right === 'bigint') return int(ofInts(left, right));
    if (operator === '+' && typeof left === 'string' && typeof right === 'string') {
      spend(frame, stepsFor(left.length + right.length));
      return left + right;
    }
    if (operator === '+' && Array.isArray(left) && Array.isArray(right)) {
      spend(frame, left.length + right.length);
      return left.concat(right);
    }
    return noOverload(left, operator, right);
  };
}

export type Ordering = '<' | '<=' | '>' | '>=';
type Ordered = number | bigint | string | boolean;

const ORDERINGS: Readonly<Record<Ordering, (a: Ordered, b: Ordered) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

export const isNumber = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** Of numbers of any kind, of texts, and of booleans. */
export function ordering(operator: Ordering): (frame: Frame, left: unknown, right: unknown) => boolean {
  const holds = ORDERINGS[operator];
  return (frame, left, right) => {
    if (typeof left === 'string' && typeof right === 'string')
      spend(frame, stepsFor(Math.min(left.length, right.length)));
    else if (
      !(isNumber(left) && isNumber(right)) &&
      !(typeof left === 'boolean' && typeof right === 'boolean')
    )
      return noOverload(left, operator, right);
    return holds(left as Ordered, right as Ordered);
  };
}
