import { go, link } from '../../../address/address.js';
import { heightOf } from '../../../api/anomaly-figures.js';
import { user } from '../../../api/session.js';
import { Chart } from '../../../charts/chart.js';
import { type ChartMark, type ChartSeries, chartPoints } from '../../../charts/series.js';
import { Loaded, Partial } from '../../../parts/states.js';
import { seriesName } from '../model/questions.js';
import { type Asked, useSeries } from './ask.js';
import { NoPoints } from './no-points.js';
import type { WidgetProps } from './widget-props.js';

const MOST_SERIES = 50;
/** Of the names below a chart, in pixels. */
const LEGEND = 36;

export function ChartWidget({ component, height }: WidgetProps) {
  const { metric = '', title, unit } = component;
  return (
    <Loaded
      of={useSeries(component)}
      isEmpty={({ answer }) => answer.series.length === 0}
      empty={<NoPoints metric={metric} />}
    >
      {({ answer, span }) => (
        <>
          {answer.series.length > MOST_SERIES && (
            <Partial>
              {MOST_SERIES} of {answer.series.length} series are drawn: filter by tags, or group.
            </Partial>
          )}
          <Chart
            name={title || metric}
            series={seriesOf(answer)}
            span={span}
            marks={marksOf(answer)}
            height={height - (answer.series.length > 1 ? LEGEND : 0)}
            {...(user.value !== null && { onMark: showAnomaly })}
            {...(unit !== undefined && { unit })}
          />
        </>
      )}
    </Loaded>
  );
}

function seriesOf({ metric, series, band }: Asked['answer']): ChartSeries[] {
  return series.slice(0, MOST_SERIES).map(({ tags, points, previous }) => {
    const name = seriesName(metric, tags);
    const steps = band?.series.find((one) => seriesName(metric, one.tags) === name)?.steps;
    return {
      ...{ name, tags, points: chartPoints(points) },
      ...(previous !== undefined && { previous: chartPoints(previous) }),
      ...(steps !== undefined && { band: steps }),
    };
  });
}

const showAnomaly = ({ id }: ChartMark) => go(link(`/anomalies/${encodeURIComponent(id)}`));

function marksOf({ anomalies }: Asked['answer']): ChartMark[] {
  return anomalies.map(({ id, start, end, explanation, severity, value, detector }) => ({
    ...{ id, kind: 'anomaly', text: explanation, severity, ...heightOf({ value, detector }) },
    ...{ start: Date.parse(start), end: Date.parse(end) },
  }));
}
