import type { ASTNode } from '@marcbachmann/cel-js';
import { compilePattern } from '../core/pattern.js';
import { comprehension, isMacro } from './comprehensions.js';
import { entry, equal, holds, indexed, keyOf } from './containers.js';
import {
  arithmetic,
  attempt,
  bound,
  constant,
  EvaluationError,
  type Frame,
  local,
  NoSuchKey,
  negated,
  type Ordering,
  operation,
  ordering,
  type Part,
  spend,
  typeOf,
} from './evaluation.js';
import { type CelFunction, FUNCTIONS, METHODS } from './functions.js';
import { NotAvailable, type Scope } from './scope.js';
import { bounded, larger, list, map, SCALAR, type Shape, stepsToMake, stepsToRead, text } from './shape.js';

/**
 * Compiles an expression that has been type-checked. Its evaluation is metered by construction: each part counts its
 * steps before it takes them, and there is no function but those listed here.
 *
 * @param bindings the names that it can see, with the sizes of their values
 * @throws NotAvailable
 */
export function compile(ast: ASTNode, bindings: ReadonlyMap<string, Shape>): Part {
  return partOf(ast, { bindings, locals: new Map(), depth: 0 });
}

function partOf(node: ASTNode, scope: Scope): Part {
  switch (node.op) {
    case 'value':
      return literal(node);
    case 'id':
      return variable(node, scope);
    case '.':
      return field(partOf(node.args[0], scope), node.args[1]);
    case '[]':
      return access(partOf(node.args[0], scope), partOf(node.args[1], scope));
    case 'call':
      return call(node, scope);
    case 'rcall':
      return method(node, scope);
    case 'list':
      return listOf(node.args.map((one) => partOf(one, scope)));
    case 'map':
      return mapOf(node, scope);
    case '?:':
      return choice(node.args.map((one) => partOf(one, scope)) as [Part, Part, Part]);
    case '&&':
    case '||':
      return logical(node.op === '||', partOf(node.args[0], scope), partOf(node.args[1], scope));
    case '!_':
      return unary(partOf(node.args, scope), not);
    case '-_':
      return unary(partOf(node.args, scope), negated);
    case '.?':
    case '[?]':
      throw new NotAvailable('optional values are not available', node);
    default:
      return binary(node.op, partOf(node.args[0], scope), partOf(node.args[1], scope));
  }
}

function literal(node: ASTNode & { op: 'value' }): Part {
  const value = node.args;
  if (typeof value === 'object' && value !== null)
    throw new NotAvailable('literals of bytes and of uint are not available', node);
  return constant(value, typeof value === 'string' ? text(value.length) : SCALAR);
}

function variable(node: ASTNode & { op: 'id' }, { locals, bindings }: Scope): Part {
  const name = node.args;
  const inner = locals.get(name);
  if (inner !== undefined) return local(inner.slot, inner.shape);
  const shape = bindings.get(name);
  if (shape === undefined) throw new NotAvailable(`${name} is not available`, node);
  return bound(name, shape);
}

function field(of: Part, name: string): Part {
  const run = (frame: Frame) => {
    const container = of.run(frame);
    spend(frame, 1);
    const found = typeof container === 'object' && container !== null ? entry(container, name) : undefined;
    if (found === undefined) throw new NoSuchKey(name);
    return found;
  };
  return { run, steps: of.steps + 1, shape: of.shape.of ?? SCALAR };
}

function access(of: Part, index: Part): Part {
  const run = (frame: Frame) => {
    const container = of.run(frame);
    const at = index.run(frame);
    spend(frame, 1);
    return indexed(container, at);
  };
  return { run, steps: bounded(of.steps + index.steps + 1), shape: of.shape.of ?? SCALAR };
}

function listOf(parts: readonly Part[]): Part {
  const run = (frame: Frame) => {
    spend(frame, 1 + parts.length);
    return parts.map((part) => part.run(frame));
  };
  const steps = parts.reduce((sum, part) => sum + part.steps, 1 + parts.length);
  const of = parts.map(({ shape }) => shape).reduce(larger, SCALAR);
  return { run, steps: bounded(steps), shape: list(parts.length, of) };
}

function mapOf(node: ASTNode & { op: 'map' }, scope: Scope): Part {
  const entries = node.args.map(([key, value]) => [partOf(key, scope), partOf(value, scope)] as const);
  const run = (frame: Frame) => {
    spend(frame, 1 + entries.length);
    return new Map(entries.map(([key, value]) => [keyOf(key.run(frame)), value.run(frame)]));
  };
  const steps = entries.reduce((sum, [key, value]) => sum + key.steps + value.steps, 1 + entries.length);
  const key = entries.map(([{ shape }]) => shape).reduce(larger, SCALAR);
  const of = entries.map(([, { shape }]) => shape).reduce(larger, SCALAR);
  return { run, steps: bounded(steps), shape: map(entries.length, key, of) };
}

function choice([condition, yes, no]: [Part, Part, Part]): Part {
  const run = (frame: Frame) => {
    const chosen = condition.run(frame);
    spend(frame, 1);
    if (typeof chosen !== 'boolean')
      throw new EvaluationError(`Ternary condition must be bool, got '${typeOf(chosen)}'`);
    return chosen ? yes.run(frame) : no.run(frame);
  };
  const steps = bounded(condition.steps + Math.max(yes.steps, no.steps) + 1);
  return { run, steps, shape: larger(yes.shape, no.shape) };
}

function not(value: unknown): boolean {
  if (typeof value === 'boolean') return !value;
  throw new EvaluationError(`no such overload: !${typeOf(value)}`);
}

function unary(operand: Part, apply: (value: unknown) => unknown): Part {
  const run = (frame: Frame) => {
    const value = operand.run(frame);
    spend(frame, 1);
    return apply(value);
  };
  return { run, steps: operand.steps + 1, shape: SCALAR };
}

/** One side that decides (true for `||`, false for `&&`) makes up for a failure of the other. */
function logical(decides: boolean, left: Part, right: Part): Part {
  const checked = (value: unknown) => {
    if (value instanceof EvaluationError || typeof value === 'boolean') return value;
    return new EvaluationError(`Logical operator requires bool operands, got '${typeOf(value)}'`);
  };
  const run = (frame: Frame) => {
    spend(frame, 1);
    const first = checked(attempt(left, frame));
    if (first === decides) return decides;
    const second = checked(right.run(frame));
    if (second === decides) return decides;
    if (second instanceof EvaluationError) throw second;
    if (first instanceof EvaluationError) throw first;
    return second;
  };
  return { run, steps: bounded(left.steps + right.steps + 1), shape: SCALAR };
}

type Binary = Exclude<ASTNode['op'], 'value' | 'id' | '.' | '.?' | '[?]' | 'call' | 'rcall' | 'list' | 'map'>;

function binary(operator: Binary, left: Part, right: Part): Part {
  const compared = Math.min(stepsToRead(left.shape), stepsToRead(right.shape));
  switch (operator) {
    case '==':
      return operation(left, right, { apply: equal, steps: compared, shape: SCALAR });
    case '!=':
      return operation(left, right, { apply: (...all) => !equal(...all), steps: compared, shape: SCALAR });
    case 'in': {
      const each = 1 + Math.min(stepsToRead(left.shape), stepsToRead(right.shape.of ?? SCALAR));
      return operation(left, right, { apply: holds, steps: right.shape.length * each, shape: SCALAR });
    }
    case '+': {
      const length = bounded(left.shape.length + right.shape.length);
      const shape = { ...larger(left.shape, right.shape), length };
      return operation(left, right, { apply: arithmetic(operator), steps: stepsToMake(shape), shape });
    }
    case '-':
    case '*':
    case '/':
    case '%':
      return operation(left, right, { apply: arithmetic(operator), steps: 0, shape: SCALAR });
    default:
      return operation(left, right, {
        apply: ordering(operator as Ordering),
        steps: compared,
        shape: SCALAR,
      });
  }
}

function call(node: ASTNode & { op: 'call' }, scope: Scope): Part {
  const [name, args] = node.args;
  if (name === 'has') return presence(args[0] as ASTNode, scope);
  const called = FUNCTIONS.get(name);
  if (called === undefined) throw notAvailable(name, FUNCTIONS, node);
  return calling(
    called,
    args.map((one) => partOf(one, scope)),
  );
}

function method(node: ASTNode & { op: 'rcall' }, scope: Scope): Part {
  const [name, receiver, args] = node.args;
  if (isMacro(name)) return comprehension(name, partOf(receiver, scope), args, scope, partOf);
  if (name === 'matches') return matching(partOf(receiver, scope), args[0] as ASTNode);
  const called = METHODS.get(name);
  if (called === undefined) throw notAvailable(`${name}()`, METHODS, node);
  return calling(
    called,
    [receiver, ...args].map((one) => partOf(one, scope)),
  );
}

function notAvailable(name: string, table: ReadonlyMap<string, unknown>, node: ASTNode): NotAvailable {
  return new NotAvailable(
    `${name} is not available; the functions are ${[...table.keys()].join(', ')}`,
    node,
  );
}

function calling(called: CelFunction, args: readonly Part[]): Part {
  const run = (frame: Frame) => {
    const values = args.map((arg) => arg.run(frame));
    spend(frame, 1);
    return called.run(frame, values);
  };
  const { steps, shape } = called.bound(args.map((arg) => arg.shape));
  return { run, steps: bounded(args.reduce((sum, arg) => sum + arg.steps, 1 + steps)), shape };
}

/** `has(a.b)`: whether `a` has a `b`. */
function presence(node: ASTNode, scope: Scope): Part {
  if (node.op !== '.') throw new NotAvailable('has() takes a key such as tags.host', node);
  const [of, name] = node.args;
  const container = partOf(of, scope);
  const run = (frame: Frame) => {
    const found = container.run(frame);
    spend(frame, 1);
    return typeof found === 'object' && found !== null && entry(found, name) !== undefined;
  };
  return { run, steps: container.steps + 1, shape: SCALAR };
}

/** Instructions of a pattern's program that are tried at a character in one step; at worst all of them are. */
const INSTRUCTIONS = 2;

/** A text that holds a match of a regular expression, which is a literal: it is compiled once. */
function matching(of: Part, argument: ASTNode): Part {
  if (argument.op !== 'value' || typeof argument.args !== 'string')
    throw new NotAvailable('matches() takes a literal pattern', argument);
  const pattern = compilePattern(argument.args, { whole: false });
  if (typeof pattern === 'string') throw new NotAvailable(`the pattern ${pattern}`, argument);
  const { size } = pattern;
  const stepsOf = (length: number) => Math.ceil((length * size) / INSTRUCTIONS);
  const run = (frame: Frame) => {
    const value = of.run(frame);
    if (typeof value !== 'string')
      throw new EvaluationError(`matches() takes a string, got ${typeOf(value)}`);
    spend(frame, 1 + stepsOf(value.length));
    return pattern.test(value);
  };
  return { run, steps: bounded(of.steps + 1 + stepsOf(of.shape.length)), shape: SCALAR };
}
