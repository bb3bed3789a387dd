import type { RuleBody } from './draft.js';

type Model = NonNullable<RuleBody['model']>;

/** Which anomalies a rule without a condition is about. */
export function termsText({
  model,
  threshold,
  sensitivity,
}: Pick<RuleBody, 'model' | 'threshold' | 'sensitivity'>): string {
  const parts = [
    model === undefined || model === 'anomaly_detector' ? 'any anomaly' : `anomaly by ${model}`,
    threshold !== undefined && `score ≥ ${threshold}`,
    sensitivity !== undefined && `sensitivity ${sensitivity}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** What anomalies are found by, in words; the first stands for all. */
export const MODELS: readonly { readonly value: Model; readonly text: string }[] = [
  { value: 'anomaly_detector', text: 'any' },
  { value: 'baseline', text: 'baseline: spikes and drops' },
  { value: 'season', text: 'season: unlike this time of the day or week' },
  { value: 'shift', text: 'shift: a new level' },
  { value: 'seasonal-shift', text: 'seasonal-shift: hours unlike others' },
  { value: 'seasonal-drift', text: 'seasonal-drift: a day unlike others' },
  { value: 'swing', text: 'swing: moves more or less than usual' },
  { value: 'rate', text: 'rate: jumps' },
  { value: 'level', text: 'level: out of range' },
  { value: 'threshold', text: 'threshold: beyond a fixed limit' },
  { value: 'stuck', text: 'stuck: the same value again and again' },
  { value: 'absence', text: 'absence: a regular job that does not run' },
  { value: 'silence', text: 'silence: a series that has stopped' },
  { value: 'isolation-forest', text: 'isolation-forest: several metrics together' },
];
