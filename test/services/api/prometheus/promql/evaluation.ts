import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Evaluation } from '../../../../../services/api/prometheus/promql/engine.js';
import { Budget, type QueryLimits } from '../../../../../services/api/prometheus/promql/model/budget.js';
import type { SeriesSource } from '../../../../../services/api/prometheus/promql/model/series-source.js';

/** What a query is evaluated with, by the machine's clock. */
export function evaluationOver(
  source: SeriesSource,
  limits: Partial<QueryLimits> = {},
  signal: AbortSignal = new AbortController().signal,
): Evaluation {
  const all = { maxSeries: 10_000, maxSamples: 10_000_000, timeoutMs: 30_000, ...limits };
  const turns = { now: () => performance.now(), yield: async () => await nextTurn() };
  return { store: { read: async (work) => await work(source) }, budget: new Budget(all, turns, signal) };
}
