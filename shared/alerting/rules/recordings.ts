import { globMatcher } from '../../core/glob.js';
import type { Recording, Rule } from './rule.js';

interface RecordingRule extends Rule {
  readonly record: Recording;
}

/** Recording rules by a metric. */
type ByMetric = Map<string, RecordingRule[]>;

/** Those in force so far, by the metric that they record, and by each that they are made of. */
interface InForce {
  readonly recording: ByMetric;
  readonly reading: ByMetric;
}

/**
 * Why recording rules cannot be in force beside the others, by their names. Each series of a metric is to have one
 * value at a time, and nothing goes round in circles: what is recorded is made of what was measured. Of two that
 * contradict one another the first is in force.
 */
export function recordingProblems(rules: readonly Rule[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  const recordings = rules.filter((rule): rule is RecordingRule => rule.record !== null);
  const names = new Set(rules.filter(({ record }) => record === null).map(({ name }) => name));
  const inForce: InForce = { recording: new Map(), reading: new Map() };
  for (const rule of recordings) {
    const { name, record } = rule;
    const problem = names.has(name)
      ? 'its name is used twice; give it one of its own with name'
      : problemOf(rule, inForce);
    names.add(name);
    if (problem !== null) {
      problems.set(name, `rule "${name}": ${problem}`);
      continue;
    }
    add(inForce.recording, record.metric, rule);
    for (const metric of new Set(record.reads)) add(inForce.reading, metric, rule);
  }
  return problems;
}

function add(all: ByMetric, metric: string, rule: RecordingRule): void {
  const known = all.get(metric);
  if (known === undefined) all.set(metric, [rule]);
  else known.push(rule);
}

function problemOf(rule: RecordingRule, { recording, reading }: InForce): string | null {
  const { metric, tenant, reads } = rule.record;
  const among = (all: readonly RecordingRule[] = []) =>
    all.filter(({ record }) => overlap(tenant, record.tenant));
  const why = 'a recording rule reads metrics that are measured; values can name the parts of a calculation';
  for (const read of reads)
    for (const { name } of among(recording.get(read)))
      return `metric ${read} is what rule "${name}" records: ${why}`;
  for (const { name } of among(reading.get(metric)))
    return `rule "${name}" is made of ${metric}, which it records: ${why}`;
  for (const other of among(recording.get(metric)))
    if (!areApart(rule, other))
      return `rule "${other.name}" records ${metric} too: with the same names of labels, one of another value, they may`;
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
