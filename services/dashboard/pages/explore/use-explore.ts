import { call } from '../../api/call.js';
import { liveState } from '../../api/live.js';
import type { MetricOverTime } from '../../api/operations.js';
import { type Resource, useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { isLiveAggregation } from '../../charts/live-steps.js';
import type { ChartMark, ChartSeries } from '../../charts/series.js';
import { wallTime } from '../../time/clock.js';
import { spanQuery } from '../../time/moment.js';
import { isMoving, isPaused, rangeText, resolved } from '../../time/range.js';
import { refreshMs, timesAsLongOf } from '../../time/refresh.js';
import { askBand, askSeries, MOST_BANDS, type Question } from './ask.js';
import { assembled, movedBy, tagsKey } from './assembled.js';
import { anomalyMarks, differenceMarks } from './marks.js';
import { backMs, type ExploreState, groupedBy } from './state.js';
import { useLive } from './use-live.js';

export interface Explored {
  readonly main: Resource<MetricOverTime>;
  readonly series: readonly ChartSeries[];
  /** What was expected, where the question has such. */
  readonly band: Resource<MetricOverTime['band'] | null> | null;
  readonly marks: readonly ChartMark[];
  /** What could not be had besides the series, in words. */
  readonly missing: readonly string[];
}

/** Windows that late and missing points are looked for in. */
const WINDOW = '10s';
const WINDOW_MS = 10_000;
const MOST_DIFFERENCES = 500;
const DIFFERENCES_EVERY_MS = 60_000;

/** All that a chart of Explore shows, each part asked for on its own, so that none waits for another. */
export function useExplore(
  question: Question,
  { hasBand, tried }: Pick<ExploreState, 'hasBand' | 'tried'>,
): Explored {
  const { from, to } = rangeText.value;
  const moves = isMoving.value;
  const range = () => resolved({ from, to }, wallTime());
  const length = range().end - range().start;
  const everyMs = moves ? refreshMs(length) : null;
  const by = groupedBy(question);
  const key = [tenant.value, JSON.stringify({ ...question, tagNames: by }), from, to, isPaused.value];

  const isLive = moves && isLiveAggregation(question.aggregation);
  const live = useLive({ metric: question.metric, tags: question.tags, isOn: isLive });

  const main = useResource((signal) => askSeries(question, range(), signal), key, {
    ...{ keeps: true, everyMs },
    timesAsLong: ({ series }) =>
      isLive && live.limit === null && liveState.peek().is === 'live'
        ? timesAsLongOf(series.reduce((sum, { points }) => sum + points.length, 0))
        : 1,
  });
  // What is kept of another metric is not shown as this one's.
  const answer = main.data?.metric === question.metric ? main.data : null;
  const wantsBand =
    hasBand && by === null && question.aggregation === 'avg' && answer !== null && answer.series.length > 0;
  const isFew = (answer?.series.length ?? 0) <= MOST_BANDS;
  const band = useResource(
    async (signal) => (wantsBand && isFew ? await askBand(question, range(), tried, signal) : null),
    [...key, wantsBand && isFew, tried],
    { keeps: true, everyMs: everyMs === null ? null : everyMs * 3 },
  );
  const back = question.compare === null || by !== null ? null : backMs(question.compare, length);
  const previous = useResource(
    async (signal) => {
      if (back === null) return null;
      const { start, end } = range();
      return movedBy(await askSeries(question, { start: start - back, end: end - back }, signal), back);
    },
    [...key, back],
    { keeps: true, everyMs },
  );
  const differences = useResource(
    (signal) =>
      call('GET /quality/windows', {
        query: {
          ...{ window: WINDOW, metric: question.metric, limit: MOST_DIFFERENCES },
          ...spanQuery(range()),
        },
        signal,
      }),
    [tenant.value, question.metric, from, to],
    { keeps: true, everyMs: moves ? DIFFERENCES_EVERY_MS : null },
  );
  const series =
    answer === null
      ? []
      : assembled({
          ...{ answer, band: isFew ? band.data : null, previous: previous.data },
          tail: isLive
            ? live.tailsOf({ stepMs: answer.resolutionMs, aggregation: question.aggregation, by })
            : () => [],
        });
  const keys = by === null ? new Set(series.map(({ tags }) => tagsKey(tags ?? {}))) : null;
  const known = new Map([...(answer?.anomalies ?? []), ...live.anomalies].map((one) => [one.id, one]));
  const ours = [...known.values()].filter(({ tags }) =>
    question.tags.every(([name, value]) => tags[name] === value),
  );
  const missing = [
    ...(band.error === null ? [] : ['what was expected']),
    ...(previous.error === null ? [] : ['the period before']),
    ...(differences.error === null ? [] : ['late data and corrections']),
  ];
  return {
    main: { ...main, data: answer },
    series,
    band: wantsBand && isFew ? band : null,
    marks: [...anomalyMarks(ours, keys), ...differenceMarks(differences.data?.items ?? [], WINDOW_MS)],
    missing: live.limit === null ? missing : [...missing, `live points of more than ${live.limit} series`],
  };
}
