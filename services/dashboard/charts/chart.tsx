import { useId, useState } from 'preact/hooks';
import { IconButton } from '../parts/button.js';
import type { Span } from '../time/moment.js';
import { ChartTable } from './chart-table.js';
import './chart.css';
import { Legend } from './legend.js';
import type { Shown } from './legend-names.js';
import { Plot } from './plot.js';
import type { ChartMark, ChartSeries } from './series.js';
import type { ThresholdProps } from './threshold.js';

export interface ChartProps {
  /** What it shows, for those who do not see it. */
  readonly name: string;
  readonly series: readonly ChartSeries[];
  readonly span: Span;
  readonly marks?: readonly ChartMark[];
  /** Of the canvas with its axes, in px. */
  readonly height?: number;
  readonly unit?: string;
  /** A mark was pressed. */
  readonly onMark?: (mark: ChartMark) => void;
  /** Part of the time was chosen, with Alt or Ctrl or after a press on the button. */
  readonly onExplain?: (span: Span) => void;
  /** A line that is moved to the height that matters. */
  readonly threshold?: ThresholdProps;
  /** Names of those that are shown, where the page decides; null for all. */
  readonly shown?: Shown;
  readonly onShown?: (shown: Shown) => void;
  /** Whether it is a table; without it a button of the chart changes that. */
  readonly isTable?: boolean;
  /** Whether the names of the series stand below it; by default where there are several. */
  readonly hasLegend?: boolean;
}

const HEIGHT = 240;
const NO_MARKS: readonly ChartMark[] = [];

/**
 * Series over time. A drag zooms and Backspace returns, with Shift it moves; the cursor is that of all charts of the page, and a
 * press pins it.
 */
export function Chart({ name, series, span, marks = NO_MARKS, height = HEIGHT, unit, ...rest }: ChartProps) {
  const { onMark, onExplain, threshold, hasLegend = series.length > 1 } = rest;
  const [ownShown, setOwnShown] = useState<Shown>(null);
  const [isOwnTable, setOwnTable] = useState(false);
  const [isExplaining, setExplaining] = useState(false);
  const id = useId();
  const shown = rest.shown === undefined ? ownShown : rest.shown;
  const isTable = rest.isTable ?? isOwnTable;
  const explain =
    onExplain &&
    ((chosen: Span) => {
      setExplaining(false);
      onExplain(chosen);
    });
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption id={id} class="visually-hidden">
        {name}
      </figcaption>
      <div class="chart-tools">
        {explain !== undefined && !isTable && (
          <IconButton
            isSmall
            icon="search"
            label="Explain part of the time: press, then drag over it"
            aria-pressed={isExplaining}
            onClick={() => setExplaining(!isExplaining)}
          />
        )}
        {rest.isTable === undefined && (
          <IconButton
            isSmall
            icon={isTable ? 'explore' : 'table'}
            label={isTable ? 'View as chart' : 'View as table'}
            onClick={() => setOwnTable(!isTable)}
          />
        )}
      </div>
      {isTable ? (
        <ChartTable
          {...{ name, span, height, unit }}
          series={shown === null ? series : series.filter((one) => shown.includes(one.name))}
        />
      ) : (
        <Plot
          {...{ name, series, shown, span, marks, height, unit, threshold, isExplaining, onMark }}
          onExplain={explain}
        />
      )}
      {hasLegend && <Legend {...{ series, shown, unit }} onShown={rest.onShown ?? setOwnShown} />}
    </figure>
  );
}
