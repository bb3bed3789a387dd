import type { Detector } from '../../../../shared/detection/detector.js';
import { bestThreshold, normalised, STEPS, tally, together } from '../numenta-score.js';
import { resultsOf } from '../run.js';
import type { LabelledSeries } from './draft.js';

export interface FamilyScores {
  /** Mean over the families. */
  readonly score: number;
  readonly families: readonly { name: string; score: number; windows: number; threshold: number }[];
}

/** The scores of one series by a detector that sees one point after another. */
export function scoresOf<State>({ points }: LabelledSeries, detector: Detector<State>): Float64Array {
  return Float64Array.from(resultsOf(points, detector), ({ score }) => score);
}

/** Each family is scored with the threshold that is best for all the others. */
export function scoreFamilies(
  all: readonly LabelledSeries[],
  scores: (series: LabelledSeries) => ArrayLike<number>,
): FamilyScores {
  const names = [...new Set(all.map(({ name }) => name))];
  const tallies = all.map((series) => ({ name: series.name, tally: tally(series, scores(series)) }));
  const of = (isWanted: (name: string) => boolean) =>
    together(tallies.filter(({ name }) => isWanted(name)).map((each) => each.tally));
  const families = names.map((name) => {
    const own = of((other) => other === name);
    const threshold = bestThreshold(of((other) => other !== name));
    return {
      name,
      score: normalised(own, threshold),
      windows: own.windows,
      threshold: threshold / STEPS,
    };
  });
  return { score: families.reduce((sum, { score }) => sum + score, 0) / families.length, families };
}
