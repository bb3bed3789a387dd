import { type DetectionResult, type Detector, type Observation, scoreOf, severityOf } from './detector.js';
import { factorOf } from './sensitivity.js';

/**
 * The highest sensitivity that a rule may have, as people set it. At it about one value in 120 of a quiet series is an anomaly; at 1 it would be
 * one in seven, and as much would have to be written for rules that nobody has.
 */
export const MOST_OF_RULES = 0.75;
/** A candidate is what would be an anomaly at so many times the sensitivity. */
export const CANDIDATE_FACTOR = factorOf(MOST_OF_RULES);
/** What each candidate scores at least, at the sensitivity that is configured. */
export const LEAST_CANDIDATE = scoreOf(1 / CANDIDATE_FACTOR);

/**
 * An observation that was no anomaly as what it would be at {@link CANDIDATE_FACTOR} times the sensitivity, with the score that it has; null
 * if it would be none then either. What is learnt does not depend on the sensitivity: the state that comes of it is that of the first look.
 *
 * @param closer gives a detector with so many times the sensitivity
 * @param score of the first look
 */
export function candidateOf<State>(
  closer: () => Detector<State>,
  before: State,
  observation: Observation,
  score: number,
): DetectionResult | null {
  if (score < LEAST_CANDIDATE) return null;
  const [, result] = closer().observe(before, observation);
  return result.isAnomaly ? { ...result, score, severity: severityOf(score) } : null;
}
