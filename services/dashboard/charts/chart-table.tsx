import { Partial } from '../parts/states.js';
import { momentText } from '../time/format.js';
import type { Span } from '../time/moment.js';
import { zone } from '../time/zone.js';
import { figuresOf } from './figures.js';
import type { ChartSeries } from './series.js';

interface ChartTableProps {
  readonly name: string;
  readonly series: readonly ChartSeries[];
  readonly span: Span;
  readonly height: number;
  readonly unit: string | undefined;
}

const MOST_ROWS = 300;
const MOST_SERIES = 20;

/** The figures of a chart, newest first. */
export function ChartTable({ name, series, span, height, unit }: ChartTableProps) {
  const { names, rows } = figuresOf(series.slice(0, MOST_SERIES), span);
  const isWhole = rows.length <= MOST_ROWS && series.length <= MOST_SERIES;
  return (
    <>
      {!isWhole && (
        <Partial>
          {[
            rows.length > MOST_ROWS && `The newest ${MOST_ROWS} of ${rows.length} times.`,
            series.length > MOST_SERIES && `The first ${MOST_SERIES} of ${series.length} series.`,
          ]
            .filter(Boolean)
            .join(' ')}
        </Partial>
      )}
      <section
        class="chart-table"
        aria-label={`Figures of ${name}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        tabIndex={0}
        style={{ maxHeight: `${height}px` }}
      >
        <table class="table">
          <caption class="visually-hidden">{name}</caption>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {names.map((one) => (
                <th key={one} scope="col" class="is-number">
                  {one}
                  {unit ? ` (${unit})` : ''}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map(({ time, values }) => (
              <tr key={time}>
                <th scope="row">
                  <time dateTime={new Date(time).toISOString()}>{momentText(time, zone.value)}</time>
                </th>
                {values.map((value, i) => (
                  <td key={names[i]} class="is-number" data-value={value ?? ''}>
                    {value === null ? '–' : shownOf(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

const DIGITS = 10;
const shownOf = (value: number): string => String(Number(value.toPrecision(DIGITS)));
