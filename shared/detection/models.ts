/** Parts of the ensemble, as anomalies name them in `detector`. */
export const PART_MODELS = [
  ...(['baseline', 'season', 'shift', 'seasonal-shift', 'seasonal-drift'] as const),
  ...(['swing', 'rate', 'level'] as const),
] as const;
/** Whose scores have nothing to do with evidence: no sensitivity changes them. */
export const CERTAIN_MODELS = ['threshold', 'stuck', 'absence', 'silence'] as const;
/** Of several metrics together. */
export const JOINT_MODEL = 'isolation-forest';
/** Any of them. */
export const ALL_MODELS = 'anomaly_detector';

/** What anomalies are found by: the names that `detector` joins with `+`, and one that stands for all. */
export const MODELS = [ALL_MODELS, ...PART_MODELS, ...CERTAIN_MODELS, JOINT_MODEL] as const;
export type Model = (typeof MODELS)[number];

/** What an anomaly was found by. */
export function modelsOf(detector: string): readonly string[] {
  return detector.split('+');
}

/** False where the score of an anomaly does not depend on the sensitivity. */
export function isOfEvidence(detector: string): boolean {
  return !modelsOf(detector).some((name) => CERTAIN_MODELS.some((certain) => certain === name));
}
