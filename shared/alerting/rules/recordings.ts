import { globMatcher } from '../../core/glob.js';
import type { Recording, Rule } from './rule.js';

interface RecordingRule extends Rule {
  readonly record: Recording;
}

/**
 * Why recording rules cannot be in force beside the others, by their names. Each series of a metric is to have one
 * value at a time, and nothing goes round in circles: what is recorded is made of what was measured.
 */
export function recordingProblems(rules: readonly Rule[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  const recordings = rules.filter((rule): rule is RecordingRule => rule.record !== null);
  const byMetric = Map.groupBy(recordings, ({ record }) => record.metric);
  const names = new Set(rules.filter(({ record }) => record === null).map(({ name }) => name));
  for (const rule of recordings) {
    const problem = problemOf(rule, byMetric, names, problems);
    if (problem !== null) problems.set(rule.name, problem);
    names.add(rule.name);
  }
  return problems;
}

function problemOf(
  rule: RecordingRule,
  byMetric: ReadonlyMap<string, readonly RecordingRule[]>,
  names: ReadonlySet<string>,
  problems: ReadonlyMap<string, string>,
): string | null {
  const { name, record } = rule;
  if (names.has(name)) return `rule "${name}": its name is used twice; give it one of its own with name`;
  for (const metric of record.reads)
    for (const other of byMetric.get(metric) ?? [])
      if (overlap(record.tenant, other.record.tenant))
        return `rule "${name}": metric ${metric} is what rule "${other.name}" records: a recording rule reads metrics that are measured; values can name the parts of a calculation`;
  for (const other of byMetric.get(record.metric) ?? []) {
    if (other === rule) break;
    if (!problems.has(other.name) && overlap(record.tenant, other.record.tenant) && !areApart(rule, other))
      return `rule "${name}": rule "${other.name}" records ${record.metric} too: with the same names of labels, one of another value, they may`;
  }
  return null;
}

/** Whether two rules never record one series: both set the same tags, and one of them to different values. */
function areApart({ labels: a }: Rule, { labels: b }: Rule): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name)) &&
    names.some((name) => a[name] !== b[name])
  );
}

/** Whether there may be a tenant that two globs are for. */
function overlap(a: string, b: string): boolean {
  const isGlob = (text: string) => /[*?]/.test(text);
  if (!isGlob(a)) return globMatcher(b)(a);
  return isGlob(b) || globMatcher(a)(b);
}
