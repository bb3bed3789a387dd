import { invalid } from '../model/faults.js';
import {
  type Aggregation,
  type Binary,
  type Call,
  type Expression,
  isComparison,
  isSetOperator,
} from './ast.js';
import { SIGNATURES, type Signature, type ValueType } from './signatures.js';

const WORDS: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** What an expression evaluates to. */
export function typeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregation':
      return 'vector';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'call':
      return SIGNATURES[expression.name].gives;
    case 'negation':
    case 'brackets':
    case 'plus':
      return typeOf(expression.operand);
    case 'binary':
      return typeOf(expression.left) === 'scalar' && typeOf(expression.right) === 'scalar'
        ? 'scalar'
        : 'vector';
  }
}

/** @throws TACTUS_PROMQL_INVALID unless an expression is of the type that its place takes */
export function expectType(expression: Expression, type: ValueType, place: string): void {
  const found = typeOf(expression);
  if (found !== type) throw invalid(`expected type ${WORDS[type]} in ${place}, got ${WORDS[found]}`);
}

const isNumeric = (expression: Expression) => ['scalar', 'vector'].includes(typeOf(expression));

export function checkedSign(operand: Expression, sign: '+' | '-', keeps: boolean): Expression {
  if (!isNumeric(operand))
    throw invalid(
      `unary expression only allowed on expressions of type scalar or instant vector, got ${WORDS[typeOf(operand)]}`,
    );
  if (sign === '+') return keeps && operand.kind !== 'number' ? { kind: 'plus', operand } : operand;
  return operand.kind === 'number'
    ? { kind: 'number', value: -operand.value }
    : { kind: 'negation', operand };
}

/** @param isMatched whether the expression names labels that have to be equal, or may differ */
export function checkedBinary(binary: Binary, isMatched: boolean): Binary {
  const { left, right, operator, bool, matching } = binary;
  if (bool && !isComparison(operator))
    throw invalid('bool modifier can only be used on comparison operators');
  if (!isNumeric(left) || !isNumeric(right))
    throw invalid('binary expression must contain only scalar and instant vector types');
  const scalars = [left, right].filter((side) => typeOf(side) === 'scalar').length;
  if (scalars === 2 && isComparison(operator) && !bool)
    throw invalid('comparisons between scalars must use BOOL modifier');
  if (scalars > 0 && isSetOperator(operator))
    throw invalid(`set operator "${operator}" not allowed in binary scalar expression`);
  if (scalars > 0 && isMatched) throw invalid('vector matching only allowed between instant vectors');
  if (matching.many !== null && isSetOperator(operator))
    throw invalid(`no grouping allowed for "${operator}" operation`);
  const both = matching.on ? matching.include.find((label) => matching.labels.includes(label)) : undefined;
  if (both !== undefined)
    throw invalid(`label ${JSON.stringify(both)} must not occur in ON and GROUP clause at once`);
  return binary;
}

export function checkedAggregation(aggregation: Aggregation): Aggregation {
  const { operator, operand, parameter } = aggregation;
  const place = 'aggregation expression';
  expectType(operand, 'vector', place);
  if (parameter !== null)
    expectType(parameter, operator === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
  return aggregation;
}

export function checkedCall(call: Call): Call {
  const { takes, optional, repeated }: Signature = SIGNATURES[call.name];
  const given = call.args.length;
  const least = takes.length - optional;
  const wrong = (bound: string, count: number) =>
    invalid(`expected ${bound}${count} argument(s) in call to "${call.name}", got ${given}`);
  if (given < least) throw wrong(optional > 0 || repeated ? 'at least ' : '', least);
  if (given > takes.length && !repeated) throw wrong(optional > 0 ? 'at most ' : '', takes.length);
  for (const [i, argument] of call.args.entries()) {
    const type = takes[Math.min(i, takes.length - 1)];
    if (type !== undefined) expectType(argument, type, `call to function "${call.name}"`);
  }
  return call;
}
