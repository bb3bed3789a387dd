import type { Matcher } from '../model/matchers.js';
import type { FunctionName } from './signatures.js';

/** Which time is looked at: `offset` milliseconds before `at`, or before the time of evaluation. */
export interface Timing {
  readonly offset: number;
  readonly at: number | 'start' | 'end' | null;
}

export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
}

export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
}

export interface VectorSelector {
  readonly kind: 'selector';
  /** Of the metric, where it stands before the matchers, which have it too. */
  readonly name: string | null;
  readonly matchers: readonly Matcher[];
  readonly timing: Timing;
}

export interface RangeSelector {
  readonly kind: 'range';
  readonly name: string | null;
  readonly matchers: readonly Matcher[];
  /** Milliseconds. */
  readonly range: number;
  readonly timing: Timing;
}

export interface Subquery {
  readonly kind: 'subquery';
  readonly operand: Expression;
  /** Milliseconds. */
  readonly range: number;
  /** Milliseconds; null for the default. */
  readonly step: number | null;
  readonly timing: Timing;
}

export interface Call {
  readonly kind: 'call';
  readonly name: FunctionName;
  readonly args: readonly Expression[];
}

export const AGGREGATORS = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
] as const;

export type Aggregator = (typeof AGGREGATORS)[number];

/** Which labels make a group: those named, or all but those. */
export interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export interface Aggregation {
  readonly kind: 'aggregation';
  readonly operator: Aggregator;
  readonly parameter: Expression | null;
  readonly operand: Expression;
  readonly grouping: Grouping;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

/** How the series of two sides are brought together. */
export interface Matching {
  /** The labels that have to be equal are those named, or all but those. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** The side of which many series may match one of the other. */
  readonly many: 'left' | 'right' | null;
  /** Labels that the result has from the other side. */
  readonly include: readonly string[];
}

export interface Binary {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  /** Whether a comparison gives 0 or 1, and leaves nothing out. */
  readonly bool: boolean;
  readonly matching: Matching;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Negation {
  readonly kind: 'negation';
  readonly operand: Expression;
}

/** What changes nothing, but stands in the text; only there where it is asked for. */
export interface Kept {
  readonly kind: 'brackets' | 'plus';
  readonly operand: Expression;
}

/** An expression whose types are right. */
export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | RangeSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Negation
  | Kept;

/** Whether it needs series at all. */
export function selectsSeries(expression: Expression): boolean {
  switch (expression.kind) {
    case 'number':
    case 'string':
      return false;
    case 'selector':
    case 'range':
      return true;
    case 'call':
      return expression.args.some(selectsSeries);
    case 'aggregation':
      return (
        selectsSeries(expression.operand) ||
        (expression.parameter !== null && selectsSeries(expression.parameter))
      );
    case 'binary':
      return selectsSeries(expression.left) || selectsSeries(expression.right);
    case 'subquery':
    case 'negation':
    case 'brackets':
    case 'plus':
      return selectsSeries(expression.operand);
  }
}

export const isComparison = (operator: BinaryOperator): operator is ComparisonOperator =>
  ['==', '!=', '>', '<', '>=', '<='].includes(operator);

export const isSetOperator = (operator: BinaryOperator): operator is SetOperator =>
  operator === 'and' || operator === 'or' || operator === 'unless';
