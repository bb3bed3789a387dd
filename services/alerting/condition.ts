import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import type { RuleInput } from './rule.js';

/** What an expression can see: CEL's `int` is a bigint, its `double` a number. */
export type Bindings = Readonly<Record<string, unknown>>;

/** A compiled CEL condition. */
export interface Condition {
  readonly source: string;
  /** The first figure that the expression names: what the alert shows as its value. */
  readonly valueField: string;
  /** Null where it cannot be said, such as for a tag that the series does not have. */
  holds(bindings: Bindings): boolean | null;
}

const FIGURES = ['sum', 'min', 'max', 'mean', 'stddev', 'first', 'last'] as const;
const LIMITS = { maxAstNodes: 500, maxDepth: 50 };

function common(): Environment {
  return new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS })
    .registerVariable('metric', 'string')
    .registerVariable('tenantId', 'string')
    .registerVariable('tags', 'map<string, string>');
}

function windowEnvironment(): Environment {
  const environment = common()
    .registerVariable('count', 'int')
    .registerVariable('quantiles', 'map<string, double>');
  for (const figure of FIGURES) environment.registerVariable(figure, 'double');
  return environment;
}

function anomalyEnvironment(): Environment {
  const figures = { score: 'double', value: 'double', expected: 'double', lower: 'double', upper: 'double' };
  return common().registerVariable({
    name: 'anomaly',
    schema: { ...figures, severity: 'string', detector: 'string', window: 'string' },
  });
}

const ENVIRONMENTS: Readonly<Record<RuleInput, Environment>> = {
  window: windowEnvironment(),
  anomaly: anomalyEnvironment(),
};

/** The names that an expression may use, for error messages. */
const VARIABLES: Readonly<Record<RuleInput, string>> = {
  window: `count (int), ${FIGURES.join(', ')} (double), quantiles, metric, tenantId, tags`,
  anomaly:
    'anomaly.score, .value, .expected, .lower, .upper, .severity, .detector, .window, metric, tenantId, tags',
};

/**
 * Parses and type-checks an expression.
 *
 * @returns the condition, or what is wrong with it in words
 */
export function compileCondition(source: string, on: RuleInput): Condition | string {
  const environment = ENVIRONMENTS[on];
  const checked = environment.check(source);
  if (!checked.valid) {
    const { summary = 'cannot be parsed', range } = checked.error ?? {};
    const place = range === undefined ? '' : ` at "${source.slice(range.start, range.end)}"`;
    const hint = summary.includes('no such overload')
      ? '; CEL does not mix numbers in calculations: write 2.0 with a double, and double(count)'
      : '';
    return `${summary}${place}; allowed are CEL conditions over ${VARIABLES[on]}${hint}`;
  }
  if (String(checked.type) !== 'bool')
    return `gives ${String(checked.type)}; allowed are conditions (bool), such as mean > 80.0`;
  const evaluate = environment.parse(source);
  return {
    source,
    valueField: on === 'window' ? (firstFigure(evaluate.ast) ?? 'mean') : 'value',
    holds(bindings) {
      try {
        return evaluate(bindings) === true;
      } catch {
        // CEL's answer to a missing key or a division by zero; the caller counts it.
        return null;
      }
    },
  };
}

function firstFigure(node: unknown): string | null {
  if (Array.isArray(node)) {
    for (const part of node) {
      const found = firstFigure(part);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isNode(node) || node.op === 'value') return null;
  if (node.op !== 'id') return firstFigure(node.args);
  return node.args === 'count' || FIGURES.some((f) => f === node.args) ? (node.args as string) : null;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
