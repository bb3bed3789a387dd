import type { DetectionResult, Observation } from '../../../shared/detection/detector.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import {
  emptyState,
  type SeriesState,
  type StateBytes,
} from '../../../shared/detection/parts/series-state.js';
import { alarmsOf, resultsOf } from './run.js';

export const detector = ensemble();
/** A Monday. */
export const START = Date.UTC(2024, 0, 1);
export const TEN_SECONDS = 10_000;
export const FIVE_MINUTES = 300_000;
export const PER_DAY = 86_400_000 / FIVE_MINUTES;

export function observations(values: readonly (number | null)[], stepMs = TEN_SECONDS): Observation[] {
  return values.map((value, i) => ({ at: START + i * stepMs, value }));
}

export function run(given: readonly Observation[], by = detector): DetectionResult[] {
  return resultsOf(given, by);
}

/** Rows of the anomalies. */
export function alarms(values: readonly (number | null)[], stepMs = TEN_SECONDS, by = detector): number[] {
  return alarmsOf(observations(values, stepMs), by);
}

/** What a state holds, as the parts see it. */
export function viewOf(bytes: StateBytes): SeriesState {
  const state = emptyState();
  state.bytes.set(bytes);
  return state;
}
