import { formatPlain } from '../functions/numbers.js';
import { quantileOf } from '../functions/quantile.js';
import { keepsMean } from '../functions/sums.js';
import type { Effort } from '../model/budget.js';
import { failed } from '../model/faults.js';
import { isLabelName, type Labels, METRIC_NAME, perSeries } from '../model/labels.js';
import type { Grouping } from '../syntax/ast.js';
import { Last, largerFirst, smallerFirst } from './largest.js';
import type { Sample, ScalarAt, Vector, VectorAt } from './vector.js';

/** What one value makes of the values of a group; it has at least one. */
type Reduce = (values: readonly number[]) => number;

function average(values: readonly number[]): number {
  let mean = 0;
  for (const [i, value] of values.entries())
    if (!keepsMean(mean, value)) mean += value / (i + 1) - mean / (i + 1);
  return mean;
}

/** In one pass (Welford 1962). */
function variance([first = Number.NaN, ...values]: readonly number[]): number {
  let mean = first;
  let squares = 0;
  for (const [i, value] of values.entries()) {
    const difference = value - mean;
    mean += difference / (i + 2);
    squares += difference * (value - mean);
  }
  return squares / (values.length + 1);
}

const extreme = (isBeyond: (value: number, best: number) => boolean): Reduce => {
  return (values) =>
    values.reduce((best, value) => (isBeyond(value, best) || Number.isNaN(best) ? value : best));
};

export const REDUCERS = {
  sum: (values) => values.reduce((sum, value) => sum + value),
  avg: average,
  count: (values) => values.length,
  min: extreme((value, best) => value < best),
  max: extreme((value, best) => value > best),
  group: () => 1,
  stdvar: variance,
  stddev: (values) => Math.sqrt(variance(values)),
} satisfies Record<string, Reduce>;

/** Which group a series is in. */
function groupOf({ without, labels }: Grouping, { madeLabels }: Effort): (labels: Labels) => Labels {
  const names = new Set(without ? [...labels, METRIC_NAME] : labels);
  return perSeries(madeLabels, (own) => (without ? own.drop(names) : own.keep(names)));
}

function grouped<T>(
  vector: Vector,
  group: (sample: Sample) => Labels,
  make: () => T,
  add: (into: T, sample: Sample) => void,
): { labels: Labels; content: T }[] {
  const groups = new Map<string, { labels: Labels; content: T }>();
  for (const sample of vector) {
    const labels = group(sample);
    let known = groups.get(labels.key);
    if (known === undefined) {
      known = { labels, content: make() };
      groups.set(labels.key, known);
    }
    add(known.content, sample);
  }
  return [...groups.values()];
}

const numbers = (): number[] => [];
const addValue = (into: number[], { value }: Sample) => {
  into.push(value);
};

export function reduced(operand: VectorAt, grouping: Grouping, effort: Effort, reduce: Reduce): VectorAt {
  const group = groupOf(grouping, effort);
  return (time) =>
    grouped(operand(time), ({ labels }) => group(labels), numbers, addValue).map(({ labels, content }) => ({
      labels,
      value: reduce(content),
    }));
}

export function quantiles(
  operand: VectorAt,
  grouping: Grouping,
  effort: Effort,
  quantile: ScalarAt,
): VectorAt {
  const group = groupOf(grouping, effort);
  return (time) => {
    const wanted = quantile(time);
    const groups = grouped(operand(time), ({ labels }) => group(labels), numbers, addValue);
    return groups.map(({ labels, content }) => ({
      labels,
      value: quantileOf(wanted, Float64Array.from(content)),
    }));
  };
}

/** `topk` and `bottomk`: series as they are. */
export function largest(
  operand: VectorAt,
  grouping: Grouping,
  effort: Effort,
  limit: ScalarAt,
  which: 'topk' | 'bottomk',
): VectorAt {
  const group = groupOf(grouping, effort);
  const before = which === 'topk' ? smallerFirst : largerFirst;
  return (time) => {
    const vector = operand(time);
    const wanted = limit(time);
    // As an integer of 64 bits.
    if (!(Math.abs(wanted) < 2 ** 63)) throw failed(`Scalar value ${wanted} overflows int64`);
    const count = Math.min(Math.trunc(wanted), vector.length);
    if (count < 1) return [];
    const groups = grouped(
      vector,
      ({ labels }) => group(labels),
      () => new Last(count, before),
      (into, sample) => into.add(sample),
    );
    return groups.flatMap(({ content }) => content.sorted());
  };
}

/** How many series of a group have each value. @param label the one that holds the value */
export function countValues(
  operand: VectorAt,
  { without, labels }: Grouping,
  effort: Effort,
  label: string,
): VectorAt {
  if (!isLabelName(label)) throw failed(`invalid label name ${JSON.stringify(label)}`);
  const names = new Set(without ? [...labels, METRIC_NAME] : [...labels, label]);
  // The same values come again at other steps.
  const byValue = perSeries(effort.madeLabels, () => new Map<number, Labels>());
  const group = ({ labels: own, value }: Sample): Labels => {
    const known = byValue(own);
    let found = known.get(value);
    if (found === undefined) {
      effort.madeLabels();
      const valued = own.set(label, formatPlain(value));
      found = without ? valued.drop(names) : valued.keep(names);
      known.set(value, found);
    }
    return found;
  };
  return (time) =>
    grouped(operand(time), group, numbers, addValue).map((one) => ({
      labels: one.labels,
      value: one.content.length,
    }));
}
