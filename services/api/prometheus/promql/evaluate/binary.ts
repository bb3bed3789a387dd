import { ARITHMETIC, COMPARISON } from '../functions/numbers.js';
import type { Effort } from '../model/budget.js';
import { failed } from '../model/faults.js';
import {
  type Binary,
  type BinaryOperator,
  isComparison,
  isSetOperator,
  type SetOperator,
} from '../syntax/ast.js';
import type { Compiled } from './compiled.js';
import { bySignature, pairLabels, signatureOf } from './match-series.js';
import { dropsName, Renaming } from './renaming.js';
import type { Sample, ScalarAt, Vector, VectorAt } from './vector.js';

/** What two values make; undefined where a comparison leaves the series out. */
type Operation = (left: number, right: number) => number | undefined;

/** @param kept which of the two a comparison keeps */
function operation(operator: BinaryOperator, bool: boolean, kept: 'left' | 'right'): Operation {
  if (isSetOperator(operator)) throw failed(`operator ${operator} is none of values`);
  if (!isComparison(operator)) return ARITHMETIC[operator];
  const compare = COMPARISON[operator];
  if (bool) return (left, right) => (compare(left, right) ? 1 : 0);
  return (left, right) => (compare(left, right) ? (kept === 'left' ? left : right) : undefined);
}

export function binary(expression: Binary, left: Compiled, right: Compiled, effort: Effort): Compiled {
  const { operator, bool } = expression;
  if (left.type === 'scalar' && right.type === 'scalar') {
    const apply = operation(operator, bool, 'left');
    return { type: 'scalar', at: (time) => apply(left.at(time), right.at(time)) ?? Number.NaN };
  }
  if (left.type === 'vector' && right.type === 'scalar') {
    const apply = operation(operator, bool, 'left');
    return { type: 'vector', at: withScalar(expression, left.at, right.at, effort, apply) };
  }
  if (left.type === 'scalar' && right.type === 'vector') {
    const apply = operation(operator, bool, 'right');
    const swapped: Operation = (value, scalar) => apply(scalar, value);
    return { type: 'vector', at: withScalar(expression, right.at, left.at, effort, swapped) };
  }
  if (left.type !== 'vector' || right.type !== 'vector')
    throw failed('binary expression must contain only scalar and instant vector types');
  if (isSetOperator(operator))
    return { type: 'vector', at: ofSets(expression, operator, left.at, right.at, effort) };
  return { type: 'vector', at: ofVectors(expression, left.at, right.at, effort) };
}

/** Whether the result is something else than the metric; `atan2` keeps the name in Prometheus 2.42. */
const isRenamed = ({ operator, bool }: Binary) => (!isComparison(operator) && operator !== 'atan2') || bool;

function withScalar(
  expression: Binary,
  vector: VectorAt,
  scalar: ScalarAt,
  effort: Effort,
  apply: Operation,
): VectorAt {
  const renaming = isRenamed(expression)
    ? dropsName(effort, false)
    : new Renaming(effort, (labels) => labels, false);
  return (time) => {
    const other = scalar(time);
    const samples: Sample[] = [];
    for (const { labels, value } of vector(time)) {
      const made = apply(value, other);
      if (made !== undefined) samples.push({ labels: renaming.of(labels), value: made });
    }
    return renaming.checked(samples);
  };
}

function ofSets(
  { matching }: Binary,
  operator: SetOperator,
  left: VectorAt,
  right: VectorAt,
  effort: Effort,
): VectorAt {
  const signature = signatureOf(matching, effort);
  const signatures = (vector: Vector) => new Set(vector.map(({ labels }) => signature(labels)));
  return (time) => {
    const [ours, others] = [left(time), right(time)];
    if (operator === 'or') {
      const known = signatures(ours);
      return [...ours, ...others.filter(({ labels }) => !known.has(signature(labels)))];
    }
    const known = signatures(others);
    return ours.filter(({ labels }) => known.has(signature(labels)) === (operator === 'and'));
  };
}

function ofVectors(expression: Binary, left: VectorAt, right: VectorAt, effort: Effort): VectorAt {
  const { matching, operator, bool } = expression;
  const signature = signatureOf(matching, effort);
  const labelsOf = pairLabels(matching, effort, isRenamed(expression));
  const apply = operation(operator, bool, 'left');
  const isSwapped = matching.many === 'right';
  return (time) => {
    const [many, one] = isSwapped ? [right(time), left(time)] : [left(time), right(time)];
    const ones = bySignature(one, signature, isSwapped ? 'left' : 'right');
    const samples: Sample[] = [];
    const matched = new Set<string>();
    for (const sample of many) {
      const key = signature(sample.labels);
      const other = ones.get(key);
      if (other === undefined) continue;
      const [first, second] = isSwapped ? [other.value, sample.value] : [sample.value, other.value];
      const value = apply(first, second);
      if (value === undefined) continue;
      const labels = labelsOf(sample.labels, other.labels);
      const taken = matching.many === null ? key : labels.key;
      if (matched.has(taken))
        throw failed(
          matching.many === null
            ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
            : 'multiple matches for labels: grouping labels must ensure unique matches',
        );
      matched.add(taken);
      samples.push({ labels, value });
    }
    return samples;
  };
}
