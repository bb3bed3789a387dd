import type { Step } from './causes.js';

/** How windows of a step are; `unknown` where nothing was compared yet. */
export type StepIs = 'whole' | 'late' | 'differs' | 'missing' | 'unknown';

export interface StripStep {
  readonly start: number;
  readonly end: number;
  readonly is: StepIs;
  readonly step: Step | null;
}

/** All steps of a range, those of which nothing was compared too. */
export function stripOf(
  steps: readonly Step[],
  { start, end }: { readonly start: number; readonly end: number },
  stepMs: number,
): readonly StripStep[] {
  const known = new Map(steps.map((step) => [Date.parse(step.start), step]));
  const first = Math.floor(start / stepMs) * stepMs;
  return Array.from({ length: Math.max(1, Math.ceil((end - first) / stepMs)) }, (_, i) => {
    const at = first + i * stepMs;
    const step = known.get(at) ?? null;
    return { start: at, end: at + stepMs, step, is: step === null ? 'unknown' : stateOf(step) };
  });
}

function stateOf({ windows, equal, storedPoints, countedPoints, latePoints }: Step): StepIs {
  if (countedPoints + latePoints < storedPoints) return 'missing';
  if (equal < windows || countedPoints + latePoints > storedPoints) return 'differs';
  return latePoints > 0 ? 'late' : 'whole';
}

export const STEP_TEXTS: Readonly<Record<StepIs, string>> = {
  whole: 'whole',
  late: 'whole, but for points that came late',
  differs: 'some windows differ',
  missing: 'points are missing',
  unknown: 'not compared yet',
};
