import { Loaded, Partial } from '../../../parts/states.js';
import { figure, minuteText } from '../../../time/format.js';
import { zone } from '../../../time/zone.js';
import { seriesName } from '../model/questions.js';
import { type Asked, useSeries } from './ask.js';
import { NoPoints } from './no-points.js';
import type { WidgetProps } from './widget-props.js';

const MOST_ROWS = 30;
/** Of the faintest cell that has a value. */
const LEAST_SHADE = 0.08;

/** Series below each other, each step as dark as its value is high. */
export function HeatmapWidget({ component, height }: WidgetProps) {
  const { metric = '', title } = component;
  return (
    <Loaded
      of={useSeries(component)}
      isEmpty={({ answer }) => answer.series.length === 0}
      empty={<NoPoints metric={metric} />}
    >
      {({ answer, span }) => (
        <>
          <Cells {...{ answer, span, height }} name={title || metric} />
          {answer.series.length > MOST_ROWS && (
            <Partial>
              {MOST_ROWS} of {answer.series.length} series are drawn: group by fewer tags, or ask for the top.
            </Partial>
          )}
        </>
      )}
    </Loaded>
  );
}

function Cells({ answer, span, name, height }: Asked & { readonly name: string; readonly height: number }) {
  const rows = answer.series.slice(0, MOST_ROWS);
  const values = rows.flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])));
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const shade = (value: number) =>
    LEAST_SHADE + (1 - LEAST_SHADE) * (most === least ? 1 : (value - least) / (most - least));
  const length = span.end - span.start;
  const width = Math.max(answer.resolutionMs, 1);
  return (
    <figure class="heatmap" style={{ minHeight: `${height}px` }}>
      {rows.map(({ tags, points }) => {
        const label = seriesName(answer.metric, tags);
        return (
          <div key={label} class="heatmap-row">
            <span class="heatmap-name" title={label}>
              {label}
            </span>
            <svg viewBox={`0 0 ${length} 1`} preserveAspectRatio="none" role="img" aria-label={label}>
              {points.map(([time, value]) =>
                time === null || value === null ? null : (
                  <rect
                    key={time}
                    {...{ x: time - span.start, y: 0, width, height: 1 }}
                    data-value={value}
                    fill-opacity={shade(value)}
                  >
                    <title>{`${minuteText(time, zone.value)}: ${figure(value)}`}</title>
                  </rect>
                ),
              )}
            </svg>
          </div>
        );
      })}
      <figcaption class="card-note">
        {name}: {figure(least)} to {figure(most)}
      </figcaption>
    </figure>
  );
}
