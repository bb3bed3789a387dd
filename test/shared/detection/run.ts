import type { DetectionResult, Detector, Observation } from '../../../shared/detection/detector.js';

/** What a detector finds that sees one observation after another. */
export function resultsOf<State>(
  given: readonly Observation[],
  detector: Detector<State>,
): DetectionResult[] {
  let state = detector.initial();
  return given.map((observation) => {
    const [next, result] = detector.observe(state, observation);
    state = next;
    return result;
  });
}

/** Rows of the anomalies among them. */
export function alarmsOf<State>(given: readonly Observation[], detector: Detector<State>): number[] {
  return resultsOf(given, detector).flatMap(({ isAnomaly }, i) => (isAnomaly ? [i] : []));
}
