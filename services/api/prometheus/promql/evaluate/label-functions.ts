import type { Groups } from '../../../../../shared/core/pattern.js';
import { type Bucket, bucketQuantile } from '../functions/histogram.js';
import { parseBound } from '../functions/numbers.js';
import { failed } from '../model/faults.js';
import { isLabelName, type Labels, perSeries, withoutName } from '../model/labels.js';
import { wholePattern } from '../model/matchers.js';
import { Renaming } from './renaming.js';
import type { ScalarAt, VectorAt } from './vector.js';

/** Puts the groups of a match into a text with `$1`, `${1}`, `$name` or `${name}`. */
function expand(template: string, { numbered, named }: Groups): string {
  return template.replaceAll(/\$(?:\$|([\p{L}\p{N}_]+)|\{([\p{L}\p{N}_]+)\})/gu, (_, plain, braced) => {
    const name: string | undefined = plain ?? braced;
    if (name === undefined) return '$';
    if (/^\d+$/.test(name)) return numbered[Number(name)] ?? '';
    return (Object.hasOwn(named, name) ? named[name] : undefined) ?? '';
  });
}

function renamed(operand: VectorAt, derive: (labels: Labels) => Labels): VectorAt {
  const renaming = new Renaming(derive, false);
  return (time) =>
    renaming.checked(operand(time).map(({ labels, value }) => ({ labels: renaming.of(labels), value })));
}

export function labelReplace(operand: VectorAt, texts: readonly string[]): VectorAt {
  const [target = '', template = '', source = '', pattern = ''] = texts;
  const matched = wholePattern(pattern, failed);
  if (!isLabelName(target)) throw failed(`invalid destination label name in label_replace(): ${target}`);
  return renamed(operand, (labels) => {
    const groups = matched.groups(labels.get(source));
    return groups === null ? labels : labels.set(target, expand(template, groups));
  });
}

export function labelJoin(operand: VectorAt, texts: readonly string[]): VectorAt {
  const [target = '', separator = '', ...sources] = texts;
  const wrong = sources.find((name) => !isLabelName(name));
  if (wrong !== undefined) throw failed(`invalid source label name in label_join(): ${wrong}`);
  if (!isLabelName(target)) throw failed(`invalid destination label name in label_join(): ${target}`);
  return renamed(operand, (labels) =>
    labels.set(target, sources.map((name) => labels.get(name)).join(separator)),
  );
}

const BOUND: ReadonlySet<string> = new Set(['le']);

/** Of each classic histogram, whose buckets have the label `le`. */
export function histogramQuantile(quantile: ScalarAt, operand: VectorAt): VectorAt {
  const renaming = new Renaming(withoutName, false);
  const bucketOf = perSeries((labels) => ({
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
