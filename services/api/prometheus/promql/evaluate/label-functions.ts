import type { Groups } from '../../../../../shared/core/pattern.js';
import { type Bucket, bucketQuantile } from '../functions/histogram.js';
import { parseBound } from '../functions/numbers.js';
import type { Effort } from '../model/budget.js';
import { failed } from '../model/faults.js';
import { isLabelName, type Labels, perSeries, withoutName } from '../model/labels.js';
import { wholePattern } from '../model/matchers.js';
import { Renaming } from './renaming.js';
import type { ScalarAt, VectorAt } from './vector.js';

/** Instructions of a pattern whose groups are wanted: it takes longer than one that only matches. */
const MAX_REPLACING = 1_000;
/** Longest value that a label is given: nested calls could double it each time. */
const MAX_VALUE = 4_096;

function bounded(length: number, name: string): void {
  if (length > MAX_VALUE)
    throw failed(`${name}() makes a label longer than ${MAX_VALUE} characters, which are the most allowed`);
}

/** Puts the groups of a match into a text with `$1`, `${1}`, `$name` or `${name}`. */
function expand(template: string, { numbered, named }: Groups): string {
  let length = template.length;
  const groupOf = (name: string): string => {
    if (/^\d+$/.test(name)) return numbered[Number(name)] ?? '';
    return (Object.hasOwn(named, name) ? named[name] : undefined) ?? '';
  };
  return template.replaceAll(/\$(?:\$|([\p{L}\p{N}_]+)|\{([\p{L}\p{N}_]+)\})/gu, (_, plain, braced) => {
    const name: string | undefined = plain ?? braced;
    const text = name === undefined ? '$' : groupOf(name);
    length += text.length;
    bounded(length, 'label_replace');
    return text;
  });
}

/** @param effort asked for time at each series, since a pattern may take long for one */
function renamed(operand: VectorAt, effort: Effort, derive: (labels: Labels) => Labels): VectorAt {
  const timed = (labels: Labels) => {
    effort.checkTime();
    return derive(labels);
  };
  const renaming = new Renaming(effort, timed, false);
  return (time) =>
    renaming.checked(operand(time).map(({ labels, value }) => ({ labels: renaming.of(labels), value })));
}

export function labelReplace(operand: VectorAt, texts: readonly string[], effort: Effort): VectorAt {
  const [target = '', template = '', source = '', pattern = ''] = texts;
  // Compiling it takes long, too.
  effort.checkTime();
  const matched = wholePattern(pattern, failed, MAX_REPLACING);
  if (!isLabelName(target)) throw failed(`invalid destination label name in label_replace(): ${target}`);
  return renamed(operand, effort, (labels) => {
    const groups = matched.groups(labels.get(source));
    return groups === null ? labels : labels.set(target, expand(template, groups));
  });
}

export function labelJoin(operand: VectorAt, texts: readonly string[], effort: Effort): VectorAt {
  const [target = '', separator = '', ...sources] = texts;
  const wrong = sources.find((name) => !isLabelName(name));
  if (wrong !== undefined) throw failed(`invalid source label name in label_join(): ${wrong}`);
  if (!isLabelName(target)) throw failed(`invalid destination label name in label_join(): ${target}`);
  return renamed(operand, effort, (labels) => {
    const values = sources.map((name) => labels.get(name));
    bounded(
      values.reduce((sum, { length }) => sum + length + separator.length, 0),
      'label_join',
    );
    return labels.set(target, values.join(separator));
  });
}

const BOUND: ReadonlySet<string> = new Set(['le']);

/** Of each classic histogram, whose buckets have the label `le`. */
export function histogramQuantile(quantile: ScalarAt, operand: VectorAt, effort: Effort): VectorAt {
  const renaming = new Renaming(effort, withoutName, false);
  const bucketOf = perSeries(effort.madeLabels, (labels) => ({
    histogram: labels.drop(BOUND),
    bound: parseBound(labels.get('le')),
  }));
  return (time) => {
    const histograms = new Map<string, { labels: Labels; buckets: Bucket[] }>();
    for (const { labels, value } of operand(time)) {
      const { histogram, bound } = bucketOf(labels);
      if (bound === null) continue;
      const known = histograms.get(histogram.key);
      if (known === undefined)
        histograms.set(histogram.key, { labels: histogram, buckets: [{ bound, count: value }] });
      else known.buckets.push({ bound, count: value });
    }
    const wanted = quantile(time);
    const samples = [...histograms.values()].map(({ labels, buckets }) => ({
      labels: renaming.of(labels),
      value: bucketQuantile(wanted, buckets),
    }));
    return renaming.checked(samples);
  };
}
