import type { DetectionResult, Detector, Observation } from './detector.js';

/** Observes one series from its beginning on, in two states that take turns. */
export function observeSeries<State>(
  detector: Detector<State>,
): (observation: Observation) => DetectionResult {
  let state = detector.initial();
  let spare: State | undefined;
  return (observation) => {
    const [next, result] = detector.observe(state, observation, spare);
    spare = state;
    state = next;
    return result;
  };
}
