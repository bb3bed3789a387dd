import type { Anomaly } from '../../../schemas/types.js';
import { LEAST_CANDIDATE, MOST_OF_RULES } from '../../detection/candidates.js';
import { ANOMALY_SCORE, CERTAIN_SCORE, rescored, severityOf } from '../../detection/detector.js';
import {
  ALL_MODELS,
  CERTAIN_MODELS,
  isOfEvidence,
  JOINT_MODEL,
  type Model,
  modelsOf,
} from '../../detection/models.js';
import { factorOf } from '../../detection/sensitivity.js';

/** Sensitivities by name, on the scale of those of tenants and metrics. */
export const NAMED_SENSITIVITIES = { low: 0.25, medium: 0.5, high: MOST_OF_RULES } as const;
export type NamedSensitivity = keyof typeof NAMED_SENSITIVITIES;

/** Which anomalies a rule is about, and from which score on. */
export interface AnomalyTerms {
  readonly model: Model;
  /** The score, at the rule's sensitivity, from which it alerts. */
  readonly threshold: number;
  /** 0 to {@link MOST_OF_RULES}; 0.5 as detection is configured for the series. */
  readonly sensitivity: number;
}

/** Whether a rule takes for an anomaly what detection does not report as one: it looks at the candidates, which have both. */
export function looksCloser({ model, threshold, sensitivity }: AnomalyTerms): boolean {
  if (model === JOINT_MODEL || isCertain(model)) return false;
  return rescored(ANOMALY_SCORE, factorOf(sensitivity)) > threshold;
}

/** An anomaly as it is at the rule's sensitivity; null where the rule is not about it. */
export function seenBy(terms: AnomalyTerms, anomaly: Anomaly): Anomaly | null {
  const { detector } = anomaly;
  if (terms.model !== ALL_MODELS && !modelsOf(detector).includes(terms.model)) return null;
  const factor = factorOf(terms.sensitivity);
  if (factor === 1 || !isOfEvidence(detector)) return anomaly.score >= terms.threshold ? anomaly : null;
  const score = rescored(anomaly.score, factor);
  return score >= terms.threshold ? { ...anomaly, score, severity: severityOf(score) } : null;
}

/** What is wrong with terms, by the key; null for good ones. */
export function problemOf({
  model,
  threshold,
  sensitivity,
}: AnomalyTerms): readonly ['threshold' | 'sensitivity', string] | null {
  if (isCertain(model)) {
    if (sensitivity !== NAMED_SENSITIVITIES.medium)
      return [
        'sensitivity',
        `does not change what ${model} finds, which has nothing to do with evidence: leave it out`,
      ];
    if (model !== 'threshold' && threshold > CERTAIN_SCORE)
      return [
        'threshold',
        `must be at most ${CERTAIN_SCORE}, the score of all that ${model} finds: value was ${threshold}`,
      ];
    return null;
  }
  if (model === JOINT_MODEL) {
    if (sensitivity > NAMED_SENSITIVITIES.medium)
      return [
        'sensitivity',
        `must be at most ${NAMED_SENSITIVITIES.medium} (medium): lesser ones of ${model} are not kept: value was ${sensitivity}`,
      ];
    return null;
  }
  const least = Math.ceil(100 * rescored(LEAST_CANDIDATE, factorOf(sensitivity)) - 1e-9) / 100;
  if (threshold >= least) return null;
  return [
    'threshold',
    `must be from ${least} to 1 at sensitivity ${nameOf(sensitivity)}: what scores less is not kept: value was ${threshold}`,
  ];
}

/** Terms as text, for lists of rules: as they are written, or as they were read. */
export function termsText({
  model = ALL_MODELS,
  threshold = ANOMALY_SCORE,
  sensitivity = 'medium',
}: {
  readonly model?: string;
  readonly threshold?: number;
  readonly sensitivity?: NamedSensitivity | number;
}): string {
  const readily = typeof sensitivity === 'number' ? nameOf(sensitivity) : sensitivity;
  return `score of ${model} >= ${threshold}${readily === 'medium' ? '' : ` at sensitivity ${readily}`}`;
}

/** The name of a sensitivity that has one. */
export function nameOf(sensitivity: number): NamedSensitivity | number {
  const names = Object.keys(NAMED_SENSITIVITIES) as NamedSensitivity[];
  return names.find((name) => NAMED_SENSITIVITIES[name] === sensitivity) ?? sensitivity;
}

function isCertain(model: Model): boolean {
  return CERTAIN_MODELS.some((certain) => certain === model);
}
