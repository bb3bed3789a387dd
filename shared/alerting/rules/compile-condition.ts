import { type ASTNode, Environment, serialize } from '@marcbachmann/cel-js';
import {
  type Checked,
  checkedExpression,
  type ExpressionProblem,
  LIMITS,
  tooManySteps,
} from '../../expressions/checked.js';
import { compile } from '../../expressions/compile.js';
import { MAX_STEPS, type Part } from '../../expressions/evaluation.js';
import { nodesOf } from '../../expressions/nodes.js';
import { map, SCALAR, type Shape, text } from '../../expressions/shape.js';
import {
  ANOMALY_FIGURES,
  ANOMALY_TEXTS,
  type Condition,
  conditionOf,
  FIGURES,
  INTEGERS,
  type RuleInput,
} from './condition.js';

/** What a rule's expressions are. */
export interface ConditionSource {
  readonly on: RuleInput;
  readonly expr: string;
  /** Named values in order; each may use those before it. */
  readonly values: ReadonlyMap<string, string>;
  /** Names of the joined metrics. */
  readonly parts: readonly string[];
  /** The expression gives a number to be recorded, instead of a condition. */
  readonly records: boolean;
}

/** What is wrong, in words, and where: the key (`expr` or `values.NAME`) and the character in it. */
export interface ConditionProblem extends ExpressionProblem {
  readonly key: string;
}

/** All joins that wait may be evaluated at once, when the time that they have waited for has come. */
const MAX_JOIN_STEPS = 10_000;
const COMPARISONS: readonly string[] = ['>', '>=', '<', '<=', '==', '!='];
/** What the steps of an evaluation are for. */
const PER = 'for one window, with 64 tags of 256 characters';
const NUMBERS: readonly string[] = ['double', 'int'];

/** Counts are CEL's int, the others are doubles. */
const FIGURE_TYPES = Object.fromEntries(
  FIGURES.map((name) => [name, INTEGERS.includes(name) ? 'int' : 'double']),
);

const PLAIN = new Environment();

/** Whether CEL has a word or a type of this name, which nothing else can have then. */
export function isTaken(name: string): boolean {
  try {
    PLAIN.clone().registerVariable(name, 'double');
    return false;
  } catch {
    return true;
  }
}

function environment({ on, parts }: ConditionSource): Environment {
  const made = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS })
    .registerVariable('tenantId', 'string')
    .registerVariable('tags', 'map<string, string>');
  if (on !== 'join') made.registerVariable('metric', 'string');
  if (on === 'window') {
    for (const [name, type] of Object.entries(FIGURE_TYPES)) made.registerVariable(name, type);
    made.registerVariable('quantiles', 'map<string, double>');
  }
  if (on === 'anomaly') {
    const schema = Object.fromEntries([
      ...ANOMALY_FIGURES.map((name) => [name, 'double']),
      ...ANOMALY_TEXTS.map((name) => [name, 'string']),
    ]);
    made.registerVariable({ name: 'anomaly', schema });
  }
  for (const name of parts) made.registerVariable({ name, schema: { ...FIGURE_TYPES } });
  return made;
}

/** The names that an expression may use, for error messages. */
function allowedNames({ on, parts, values }: ConditionSource): string {
  const doubles = FIGURES.filter((name) => !INTEGERS.includes(name));
  const figures = `${INTEGERS.join(', ')} (int), ${doubles.join(', ')} (double)`;
  const own = {
    window: `${figures}, quantiles, metric`,
    anomaly: `anomaly.${[...ANOMALY_FIGURES, ...ANOMALY_TEXTS].join(', .')}, metric`,
    join: `${parts.join(', ')} each with .${FIGURES.join(', .')}`,
  }[on];
  return [own, ...values.keys(), 'tenantId, tags'].join(', ');
}

/** Sizes of what windows and anomalies hold: ingest's limits, tags by its default. */
const NAME = text(256);
const TAGS = map(64, NAME, NAME);

function shapes({ on, parts, values }: ConditionSource): Map<string, Shape> {
  const own: (readonly [string, Shape])[] = {
    window: [
      ...FIGURES.map((name) => [name, SCALAR] as const),
      ['quantiles', map(64, NAME, SCALAR)] as const,
    ],
    anomaly: [['anomaly', map(ANOMALY_FIGURES.length + ANOMALY_TEXTS.length, NAME, NAME)] as const],
    join: parts.map((name) => [name, map(FIGURES.length, NAME, SCALAR)] as const),
  }[on];
  const named = [...values.keys()].map((name) => [name, SCALAR] as const);
  return new Map([['tenantId', NAME], ['metric', NAME], ['tags', TAGS], ...own, ...named]);
}

/**
 * Parses and type-checks a rule's expressions.
 *
 * @returns the condition, or what is wrong with it
 */
export function compileCondition(source: ConditionSource): Condition | ConditionProblem {
  const env = environment(source);
  const values: (readonly [name: string, value: Part])[] = [];
  let steps = 0;
  for (const [name, expression] of source.values) {
    const key = `values.${name}`;
    const value = expressionOf(env, source, key, expression, ['double'], 'a double, such as max - min');
    if ('message' in value) return value;
    values.push([name, value]);
    steps += value.steps;
    env.registerVariable(name, 'double');
  }
  const condition = source.records
    ? expressionOf(env, source, 'expr', source.expr, NUMBERS, 'numbers (double, int), such as sum / 60.0')
    : expressionOf(env, source, 'expr', source.expr, ['bool'], 'conditions (bool), such as mean > 80.0');
  if ('message' in condition) return condition;
  steps += condition.steps;
  const most = source.on === 'join' ? MAX_JOIN_STEPS : MAX_STEPS;
  if (steps > most) return { key: 'expr', ...tooManySteps(steps, most, PER) };
  const shown = source.records ? condition : compile(shownIn(env, condition.ast, source), shapes(source));
  return conditionOf({ source: source.expr, steps, values, condition, shown });
}

function expressionOf(
  env: Environment,
  source: ConditionSource,
  key: string,
  expression: string,
  types: readonly string[],
  allowed: string,
): Checked | ConditionProblem {
  const names = allowedNames(source);
  const expected = { shapes: shapes(source), types, allowed, names, maxSteps: MAX_STEPS, per: PER };
  const found = checkedExpression(env, expression, expected);
  return 'message' in found ? { key, ...found } : found;
}

/**
 * What the alert shows as its value: for a window the first figure that the condition names, for joined
 * metrics the left side of its first comparison of numbers, for an anomaly the anomaly's value.
 */
function shownIn(env: Environment, ast: ASTNode, { on, values }: ConditionSource): ASTNode {
  if (on === 'anomaly') return env.parse('anomaly.value').ast;
  for (const node of nodesOf(ast)) {
    const { op, args } = node;
    if (on === 'window' && op === 'id' && (values.has(args) || FIGURES.some((name) => name === args)))
      return node;
    if (on === 'window' || !COMPARISONS.includes(op)) continue;
    const [left] = args as [ASTNode, ASTNode];
    if (NUMBERS.includes(String(env.check(serialize(left)).type))) return left;
  }
  return env.parse(on === 'window' ? 'mean' : '0.0').ast;
}
