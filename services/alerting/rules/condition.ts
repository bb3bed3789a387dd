import { type ASTNode, Environment, type ParseResult, serialize } from '@marcbachmann/cel-js';
import type { Anomaly, WindowAggregate } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { Series } from '../../../shared/wire/series.js';

/** What a rule looks at: one window, one anomaly, or the windows of several metrics together. */
export type RuleInput = 'window' | 'anomaly' | 'join';

/** What an expression can see: CEL's `int` is a bigint, its `double` a number. */
export type Bindings = Readonly<Record<string, unknown>>;

/** How rules look at one kind of value. */
export interface InputKind<T extends Series> {
  readonly on: RuleInput;
  /** The window definition that the value belongs to. */
  window(value: T): string;
  /** Event time: end of the window. */
  at(value: T): Millis;
  bindings(value: T): Bindings;
  /** Names for annotations. */
  fields(value: T): Readonly<Record<string, string | number>>;
  /** True if a value that does not meet the condition ends the alert. */
  readonly endsByItself: boolean;
}

/** The figures of a window, all doubles but the count. */
export const FIGURES = ['count', 'sum', 'min', 'max', 'mean', 'stddev', 'first', 'last'] as const;

export type Figures = Readonly<Record<(typeof FIGURES)[number], number>>;

/** The fields of an anomaly that rules can use: figures, then texts. */
export const ANOMALY_FIGURES = ['score', 'value', 'expected', 'lower', 'upper'] as const;
export const ANOMALY_TEXTS = ['severity', 'detector', 'window'] as const;

const ANOMALY_NAMES = [...ANOMALY_FIGURES, ...ANOMALY_TEXTS, 'explanation'] as const;

/** The windows of several metrics with the same tags, definition and time, by the names a rule gives them. */
export interface Joined extends Series {
  readonly window: string;
  readonly end: Millis;
  readonly parts: Readonly<Record<string, Figures>>;
}

export const windowInput = inputKind<WindowAggregate>({
  on: 'window',
  bindings: (window) => ({ ...figureBindings(window), quantiles: window.quantiles ?? {} }),
  fields: (window) => pick(window, FIGURES),
});

/** An anomaly is an event: a lesser one does not end an earlier one, only time does. */
export const anomalyInput = inputKind<Anomaly>({
  on: 'anomaly',
  bindings: (anomaly) => ({ anomaly }),
  fields: (anomaly) => pick(anomaly, ANOMALY_NAMES),
});

export const joinInput = inputKind<Joined>({
  on: 'join',
  bindings: ({ parts }) =>
    Object.fromEntries(Object.entries(parts).map(([name, figures]) => [name, figureBindings(figures)])),
  fields: ({ parts }) =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([name, figures]) =>
        FIGURES.map((figure) => [`${name}.${figure}`, figures[figure]]),
      ),
    ),
});

function inputKind<T extends Series & { readonly window: string; readonly end: Millis }>(
  own: Pick<InputKind<T>, 'on' | 'bindings' | 'fields'>,
): InputKind<T> {
  return {
    on: own.on,
    endsByItself: own.on !== 'anomaly',
    window: ({ window }) => window,
    at: ({ end }) => end,
    bindings: (value) => ({ ...pick(value, ['tenantId', 'metric', 'tags']), ...own.bindings(value) }),
    fields: (value) => ({ ...pick(value, ['tenantId', 'metric', 'window']), ...own.fields(value) }),
  };
}

/** CEL's `int` is a bigint. */
function figureBindings(figures: Figures): Bindings {
  return { ...pick(figures, FIGURES), count: BigInt(figures.count) };
}

function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  const picked = {} as Pick<T, K>;
  for (const name of names) picked[name] = from[name];
  return picked;
}

/** A compiled CEL condition with the values that the rule gives names to. */
export interface Condition {
  readonly source: string;
  /** Or, in words, why it cannot be said, such as for a tag that the series does not have. */
  holds(bindings: Bindings): boolean | string;
  /** The named values, and as `value` the figure that the alert shows; NaN for what cannot be said. */
  figures(bindings: Bindings): Readonly<Record<string, number>> & { readonly value: number };
}

/** What a rule's expressions are. */
export interface ConditionSource {
  readonly on: RuleInput;
  readonly expr: string;
  /** Named values in order; each may use those before it. */
  readonly values: ReadonlyMap<string, string>;
  /** Names of the joined metrics. */
  readonly parts: readonly string[];
}

/** What is wrong, in words, and where: the key (`expr` or `values.NAME`) and the character in it. */
export interface ConditionProblem {
  readonly key: string;
  readonly message: string;
  readonly offset: number;
}

const LIMITS = { maxAstNodes: 500, maxDepth: 50 };
const COMPARISONS: readonly string[] = ['>', '>=', '<', '<=', '==', '!='];
const NUMBERS: readonly string[] = ['double', 'int'];

/** `count` is CEL's int, the others are doubles. */
const FIGURE_TYPES = Object.fromEntries(FIGURES.map((name) => [name, name === 'count' ? 'int' : 'double']));

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
  const figures = `count (int), ${FIGURES.slice(1).join(', ')} (double)`;
  const own = {
    window: `${figures}, quantiles, metric`,
    anomaly: `anomaly.${[...ANOMALY_FIGURES, ...ANOMALY_TEXTS].join(', .')}, metric`,
    join: `${parts.join(', ')} each with .${FIGURES.join(', .')}`,
  }[on];
  return [own, ...values.keys(), 'tenantId, tags'].join(', ');
}

/**
 * Parses and type-checks a rule's expressions.
 *
 * @returns the condition, or what is wrong with it
 */
export function compileCondition(source: ConditionSource): Condition | ConditionProblem {
  const env = environment(source);
  const values = new Map<string, ParseResult>();
  for (const [name, text] of source.values) {
    const key = `values.${name}`;
    const problem = check(env, source, key, text, 'double', 'a double, such as max - min');
    if (problem !== null) return problem;
    values.set(name, env.parse(text));
    env.registerVariable(name, 'double');
  }
  const problem = check(env, source, 'expr', source.expr, 'bool', 'conditions (bool), such as mean > 80.0');
  if (problem !== null) return problem;
  const evaluate = env.parse(source.expr);
  const shown = env.parse(valueSource(env, evaluate.ast, source));

  const named = (bindings: Bindings): Bindings => {
    if (values.size === 0) return bindings;
    const all: Record<string, unknown> = { ...bindings };
    for (const [name, value] of values) all[name] = value(all);
    return all;
  };
  return {
    source: source.expr,
    holds(bindings) {
      try {
        return evaluate(named(bindings)) === true;
      } catch (error) {
        // CEL's answer to a missing key or an int divided by zero.
        return summaryOf(error);
      }
    },
    figures(bindings) {
      try {
        const all = named(bindings);
        const own = [...values.keys()].map((name) => [name, Number(all[name])]);
        return { ...Object.fromEntries(own), value: Number(shown(all)) };
      } catch {
        // As above; `holds` has reported it.
        return { value: Number.NaN };
      }
    },
  };
}

function check(
  env: Environment,
  source: ConditionSource,
  key: string,
  text: string,
  type: string,
  allowed: string,
): ConditionProblem | null {
  const checked = env.check(text);
  if (!checked.valid) {
    const { range } = checked.error ?? {};
    const summary = summaryOf(checked.error);
    const place = range === undefined ? '' : ` at "${text.slice(range.start, range.end)}"`;
    const hint = summary.includes('no such overload')
      ? '; CEL does not mix numbers in calculations: write 2.0 with a double, and double(count)'
      : '';
    const message = `${summary}${place}; allowed are CEL expressions over ${allowedNames(source)}${hint}`;
    return { key, message, offset: range?.start ?? 0 };
  }
  if (String(checked.type) === type) return null;
  return { key, message: `gives ${String(checked.type)}; allowed are ${allowed}`, offset: 0 };
}

/**
 * What the alert shows as its value: for a window the first figure that the condition names, for joined
 * metrics the left side of its first comparison of numbers, for an anomaly the anomaly's value.
 */
function valueSource(env: Environment, ast: ASTNode, { on, values }: ConditionSource): string {
  if (on === 'anomaly') return 'anomaly.value';
  if (on === 'window') {
    const figure = first(ast, ({ op, args }) =>
      op === 'id' && (values.has(args) || FIGURES.some((name) => name === args)) ? args : null,
    );
    return figure ?? 'mean';
  }
  const compared = first(ast, (node) => {
    if (!COMPARISONS.includes(node.op)) return null;
    const left = serialize((node.args as [ASTNode, ASTNode])[0]);
    return NUMBERS.includes(String(env.check(left).type)) ? left : null;
  });
  return compared ?? '0.0';
}

function first(node: unknown, find: (node: ASTNode) => string | null): string | null {
  if (Array.isArray(node)) {
    for (const part of node) {
      const found = first(part, find);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isNode(node)) return null;
  return find(node) ?? first(node.args, find);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** The error in one line, without the drawing of the place. */
function summaryOf(error: unknown): string {
  const summary = (error as { summary?: unknown } | undefined)?.summary;
  return typeof summary === 'string' ? summary : (messageOf(error).split('\n')[0] ?? '');
}
