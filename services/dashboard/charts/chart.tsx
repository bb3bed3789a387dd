import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { isDark } from '../parts/theme.js';
import { figure } from '../time/format.js';
import { type Span, zoomTo } from '../time/range.js';
import { zone } from '../time/zone.js';
import './chart.css';
import { coloursAt } from './colours.js';
import { aligned, type ChartMark, type ChartSeries } from './series.js';

export interface ChartProps {
  /** What it shows, for those who do not see it. */
  readonly name: string;
  readonly series: readonly ChartSeries[];
  readonly span: Span;
  readonly marks?: readonly ChartMark[];
  readonly height?: number;
  readonly unit?: string;
  /** A mark was pressed. */
  readonly onMark?: (mark: ChartMark) => void;
  /** Part of the time was chosen, with the shift key. */
  readonly onExplain?: (span: Span) => void;
}

const HEIGHT = 240;
/** Charts of one page move their cursors together. */
const SYNC = 'page';

/** Series over time. A drag zooms; "back" returns. */
export function Chart({ name, series, span, height = HEIGHT }: ChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { times, values } = aligned(series.map(({ points }) => points));
  const data = [times.map((time) => time / 1_000), ...values] as uPlot.AlignedData;
  const names = series.map((one) => one.name).join('\n');

  useEffect(() => {
    const at = element.current as HTMLDivElement;
    const colours = coloursAt(at);
    const axis = { stroke: colours.ink, grid: { stroke: colours.line, width: 1 }, ticks: { show: false } };
    const own = new uPlot(
      {
        ...{ width: at.clientWidth, height },
        legend: { show: false },
        cursor: { sync: { key: SYNC }, drag: { x: true, y: false, setScale: false } },
        scales: { x: { time: true } },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone.value),
        axes: [axis, { ...axis, values: (_, ticks) => ticks.map((tick) => figure(tick)) }],
        series: [
          {},
          ...series.map((one, i) => ({
            label: one.name,
            stroke: colours.series[i % colours.series.length] as string,
            width: 1.5,
            points: { show: false },
          })),
        ],
        hooks: {
          setSelect: [
            (u) => {
              if (u.select.width === 0) return;
              const [start, end] = [u.select.left, u.select.left + u.select.width].map(
                (x) => u.posToVal(x, 'x') * 1_000,
              );
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              zoomTo({ start: start as number, end: end as number });
            },
          ],
        },
      },
      data,
      at,
    );
    plot.current = own;
    const resized = new ResizeObserver(() => own.setSize({ width: at.clientWidth, height }));
    resized.observe(at);
    return () => {
      resized.disconnect();
      own.destroy();
      plot.current = null;
    };
  }, [names, height, isDark.value, zone.value]);

  useEffect(() => {
    const own = plot.current;
    if (own === null) return;
    own.setData(data, false);
    own.setScale('x', { min: span.start / 1_000, max: span.end / 1_000 });
  });
  return (
    <div ref={element} class="chart" role="img" aria-label={name} style={{ minHeight: `${height}px` }} />
  );
}
