import type { ComponentChildren } from 'preact';
import { go, link, query } from '../../address/address.js';
import { heightOf } from '../../api/anomaly-figures.js';
import { call } from '../../api/call.js';
import type { MetricOverTime } from '../../api/operations.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { tagTexts } from '../../api/tags.js';
import { Chart } from '../../charts/chart.js';
import { chartPoints } from '../../charts/series.js';
import { Failure, Skeleton } from '../../parts/states.js';
import { useSeen } from '../../parts/use-seen.js';
import { triedOf } from '../explore/sensitivity.js';
import type { Story } from './stories.js';

/** Before and after, at least. */
const AROUND_MS = 10 * 60_000;

interface StoryChartProps {
  readonly story: Story;
  readonly height: number;
  /** With what was expected of each step, which takes the API a while to compute. */
  readonly hasBand: boolean;
  /** Below a chart with a band. @param reload asks for it again */
  readonly below?: (band: MetricOverTime['band'] | null, reload: () => void) => ComponentChildren;
}

/** The series of a story, before, while and after. It is asked for once it is seen. */
export function StoryChart({ story, height, hasBand, below }: StoryChartProps) {
  const { metric, tags, start, end, anomalies } = story;
  const around = Math.max(AROUND_MS, end - start);
  const span = { start: start - around, end: end + around };
  const { element, isSeen } = useSeen();
  const tried = hasBand ? triedOf(query.value) : null;
  const figures = useResource(
    async (signal) =>
      isSeen
        ? await call('GET /metrics/query', {
            query: {
              metric,
              tag: tagTexts(tags),
              ...{ exact: true, from: String(span.start), to: String(span.end) },
              ...(hasBand && { band: true }),
              ...(tried !== null && { sensitivity: tried }),
            },
            signal,
          })
        : null,
    [tenant.value, story.id, span.end, isSeen, tried],
    // What is tried is drawn in the place of what was.
    { keeps: true },
  );
  const shown = figures.data;
  return (
    <div ref={element} class="story-chart">
      {shown === null ? (
        figures.error === null ? (
          <Skeleton lines={1} height={`${height}px`} />
        ) : (
          <Failure error={figures.error} onRetry={figures.reload} />
        )
      ) : (
        <Chart
          name={`${metric} before, while and after`}
          height={height}
          span={span}
          hasLegend={false}
          series={shown.series.map(({ points }, i) => ({
            name: metric,
            points: chartPoints(points),
            ...(shown.band?.series[i] !== undefined && { band: shown.band.series[i].steps }),
          }))}
          marks={anomalies.map((one) => ({
            ...{
              id: one.id,
              kind: 'anomaly',
              severity: one.severity,
              text: one.explanation,
              ...heightOf(one),
            },
            ...{ start: Date.parse(one.start), end: Date.parse(one.end) },
          }))}
          onMark={({ id }) => go(link(`/anomalies/${id}`))}
        />
      )}
      {below?.(shown?.band ?? null, figures.reload)}
    </div>
  );
}
