import { chartPoints } from '../../../charts/series.js';
import { Sparkline } from '../../../charts/sparkline.js';
import { Loaded } from '../../../parts/states.js';
import { figure } from '../../../time/format.js';
import { lengthText } from '../../../time/moment.js';
import { changeOf, changeText, figureOf } from '../model/figures.js';
import { useSeries } from './ask.js';
import { NoPoints } from './no-points.js';
import type { WidgetProps } from './widget-props.js';

/** One figure, how it came about, and what it was before. */
export function KpiWidget({ component }: WidgetProps) {
  const { metric, title, unit, compare, aggregation = 'avg' } = component;
  return (
    <Loaded
      of={useSeries(component)}
      isEmpty={({ answer }) => answer.series.length === 0}
      empty={<NoPoints metric={metric} />}
    >
      {({ answer, span }) => {
        const [series] = answer.series;
        if (series === undefined) return null;
        const of = figureOf(series, aggregation);
        const change = changeOf(of);
        const over = of.isOfRange ? span.end - span.start : answer.resolutionMs;
        return (
          <div class="kpi">
            <p class="kpi-value">
              <data value={of.value ?? ''}>{figure(of.value)}</data>
              {unit !== undefined && <span class="kpi-unit">{unit}</span>}
            </p>
            <p class="card-note">
              {aggregation}
              {over > 0 && `, ${of.isOfRange ? 'over' : 'newest'} ${lengthText(over)}`}
              {compare !== undefined &&
                (change === null
                  ? ` · no figure ${compare} before`
                  : ` · ${changeText(change)} from ${figure(of.previous)} ${compare} before`)}
            </p>
            <Sparkline name={`${title || metric} over time`} points={chartPoints(series.points)} />
          </div>
        );
      }}
    </Loaded>
  );
}
