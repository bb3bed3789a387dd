import { call } from '../../api/call.js';
import type { MetricOverTime } from '../../api/operations.js';
import { pairTexts } from '../../api/tags.js';
import { type Span, spanQuery } from '../../time/moment.js';
import { backMs, type ExploreState, groupedBy } from './state.js';

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
  const query = {
    ...{ metric, aggregation, tag: pairTexts(tags) },
    ...spanQuery(span),
  };
  if (by === null) return await call('GET /metrics/query', { query, signal });
  const back = compare === null ? null : Math.round(backMs(compare, span.end - span.start) / 1_000);
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

/** @param tried in place of the sensitivity of the metric */
export async function askBand(
  { metric, tags }: Question,
  span: Span,
  tried: number | null,
  signal: AbortSignal,
): Promise<MetricOverTime['band'] | null> {
  const answer = await call('GET /metrics/query', {
    query: {
      ...{ metric, tag: pairTexts(tags), band: true },
      ...(tried !== null && { sensitivity: tried }),
      ...spanQuery(span),
    },
    signal,
  });
  return answer.band ?? null;
}
