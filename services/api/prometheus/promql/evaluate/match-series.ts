import type { Effort } from '../model/budget.js';
import { failed } from '../model/faults.js';
import { type Labels, METRIC_NAME, perSeries } from '../model/labels.js';
import type { Matching } from '../syntax/ast.js';
import type { Sample, Vector } from './vector.js';

/** What has to be equal for two series to match. */
export function signatureOf({ on, labels }: Matching, { madeLabels }: Effort): (labels: Labels) => string {
  const names = new Set(on ? labels : [...labels, METRIC_NAME]);
  return perSeries(madeLabels, (own) => (on ? own.keep(names) : own.drop(names)).key);
}

/** The labels of a pair: those of the side that may be many, or what both have in common. */
export function pairLabels(
  matching: Matching,
  { madeLabels }: Effort,
  dropsName: boolean,
): (many: Labels, one: Labels) => Labels {
  const names = new Set(matching.labels);
  const metric = new Set([METRIC_NAME]);
  const base = perSeries(madeLabels, (labels) => {
    const named = dropsName ? labels.drop(metric) : labels;
    if (matching.many !== null) return named;
    return matching.on ? named.keep(names) : named.drop(names);
  });
  const include = perSeries(madeLabels, (many) =>
    perSeries(madeLabels, (one) =>
      matching.include.reduce((labels, name) => labels.set(name, one.get(name)), base(many)),
    ),
  );
  return matching.include.length === 0 ? base : (many, one) => include(many)(one);
}

/** The series of a side by what has to be equal. @throws TACTUS_PROMQL_FAILED where two have the same */
export function bySignature(
  vector: Vector,
  signature: (labels: Labels) => string,
  side: 'left' | 'right',
): Map<string, Sample> {
  const found = new Map<string, Sample>();
  for (const sample of vector) {
    const key = signature(sample.labels);
    const other = found.get(key);
    if (other !== undefined)
      throw failed(
        `found duplicate series for the match group on the ${side} hand-side of the operation: [${sample.labels}, ${other.labels}];many-to-many matching not allowed: matching labels must be unique on one side`,
      );
    found.set(key, sample);
  }
  return found;
}
