import { call } from '../../api/call.js';
import type { MetricOverTime } from '../../api/operations.js';
import type { Span } from '../../time/moment.js';
import { backMs, type ExploreState, groupedBy, tagTexts } from './state.js';

/** What Explore asks of a metric; its tags are needed where the highest series are wanted. */
export interface Question extends Pick<ExploreState, 'tags' | 'aggregation' | 'by' | 'top' | 'compare'> {
  readonly metric: string;
  /** Of all series of the metric. */
  readonly tagNames: readonly string[];
}

export async function askSeries(
  question: Question,
  span: Span,
  signal: AbortSignal,
): Promise<MetricOverTime> {
  const { metric, tags, aggregation, top, compare } = question;
  const by = groupedBy(question);
  const { start, end } = span;
  const query = {
    ...{ metric, aggregation, tag: tagTexts(tags) },
    ...{ from: String(Math.round(start)), to: String(Math.round(end)) },
  };
  if (by === null) return await call('GET /metrics/query', { query, signal });
  const back = compare === null ? null : Math.round(backMs(compare, end - start) / 1_000);
  return await call('GET /metrics/aggregated', {
    query: {
      ...{ ...query, by },
      ...(top !== null && { top }),
      ...(back !== null && { compare: `${back}s` }),
    },
    signal,
  });
}

/** The API learns a band for so many series at most. */
export const MOST_BANDS = 5;

export async function askBand(
  { metric, tags }: Question,
  { start, end }: Span,
  signal: AbortSignal,
): Promise<MetricOverTime['band'] | null> {
  const answer = await call('GET /metrics/query', {
    query: {
      ...{ metric, tag: tagTexts(tags), band: true },
      ...{ from: String(Math.round(start)), to: String(Math.round(end)) },
    },
    signal,
  });
  return answer.band ?? null;
}

const LEAST_MS = 10_000;
const MOST_MS = 300_000;
const STEPS = 360;

/** How often what ends now is asked for anew; in between it goes on with what comes live. */
export const refreshMs = (rangeMs: number): number =>
  Math.max(LEAST_MS, Math.min(MOST_MS, Math.round(rangeMs / STEPS)));
