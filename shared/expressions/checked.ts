import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import { messageOf } from '../core/errors.js';
import { compile } from './compile.js';
import type { Part } from './evaluation.js';
import { refuseCostlyTypes } from './nodes.js';
import { NotAvailable } from './scope.js';
import type { Shape } from './shape.js';

/** Of every environment. */
export const LIMITS = { maxAstNodes: 500, maxDepth: 50 };

/** What an expression has to be. */
export interface Expected {
  /** Sizes of what it can see, by name. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** CEL's names of the types that it may have. */
  readonly types: readonly string[];
  /** These, in words, to follow "allowed are". */
  readonly allowed: string;
  /** What it can see, in words. */
  readonly names: string;
  readonly maxSteps: number;
  /** What the steps are for, in words, to follow "may take 9 steps". */
  readonly per: string;
}

/** An expression that has been parsed, type-checked and compiled. */
export type Checked = Part & { readonly ast: ASTNode };

/** What is wrong with an expression, in words, and at which of its characters. */
export interface ExpressionProblem {
  readonly message: string;
  readonly offset: number;
}

/** Parses, type-checks and compiles an expression, or says what is wrong with it. */
export function checkedExpression(
  env: Environment,
  expression: string,
  { shapes, types, allowed, names, maxSteps, per }: Expected,
): Checked | ExpressionProblem {
  let compiled: Checked;
  try {
    const parsed = env.parse(expression);
    // First: the type checker is no match for all that can be parsed.
    refuseCostlyTypes(parsed.ast);
    const checked = parsed.check();
    if (!checked.valid) throw checked.error;
    if (!types.includes(String(checked.type)))
      return { message: `gives ${String(checked.type)}; allowed are ${allowed}`, offset: 0 };
    const { ast } = parsed;
    compiled = { ...compile(ast, shapes), ast };
  } catch (error) {
    return problemOf(error, expression, names);
  }
  return compiled.steps > maxSteps ? tooManySteps(compiled.steps, maxSteps, per) : compiled;
}

export function tooManySteps(steps: number, most: number, per: string): ExpressionProblem {
  const message = `may take ${steps} steps ${per}; allowed are ${most}: nest all, exists, map and filter less, or over fewer entries`;
  return { message, offset: 0 };
}

function problemOf(error: unknown, expression: string, names: string): ExpressionProblem {
  if (error instanceof NotAvailable) {
    const { message, node } = error;
    return { message: `${message}: "${expression.slice(node.start, node.end)}"`, offset: node.start };
  }
  const { range } = error as { range?: { start: number; end: number } };
  const summary = summaryOf(error);
  const place = range === undefined ? '' : ` at "${expression.slice(range.start, range.end)}"`;
  const hint = summary.includes('no such overload')
    ? '; CEL does not mix numbers in calculations: write 2.0 with a double, and double(count)'
    : '';
  const message = `${summary}${place}; allowed are CEL expressions over ${names}${hint}`;
  return { message, offset: range?.start ?? 0 };
}

/** The error in one line, without the drawing of the place. */
function summaryOf(error: unknown): string {
  const summary = (error as { summary?: unknown } | undefined)?.summary;
  return typeof summary === 'string' ? summary : (messageOf(error).split('\n')[0] ?? '');
}
