import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isDark, theme } from '../parts/theme.js';
import { minuteText } from '../time/format.js';
import type { Span } from '../time/moment.js';
import { zone } from '../time/zone.js';
import './chart.css';
import { type Box, boxOf, type Cell, type Heat, heatOf } from './heat.js';
import { withUnit } from './overlay.js';
import type { ChartSeries } from './series.js';

interface HeatmapProps {
  readonly name: string;
  readonly series: readonly ChartSeries[];
  readonly span: Span;
  readonly height?: number;
  readonly unit?: string;
  /** What was boxed; null for nothing. */
  readonly box: Box | null;
  readonly onBox: (box: Box | null) => void;
}

const HEIGHT = 300;
const CELLS = { columns: 90, rows: 24 };
/** Of a cell with a single value. */
const FAINTEST = 0.15;

/** How often values of each height came, over time. A drag boxes a part of it; so do arrows with Shift, and Enter. */
export function Heatmap({ name, series, span, height = HEIGHT, unit, box, onBox }: HeatmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<Cell | null>(null);
  const [from, setFrom] = useState<Cell | null>(null);
  const [isDown, setDown] = useState(false);
  // Not again with each move of the pointer.
  const heat = useMemo(() => heatOf(series, span, CELLS), [series, span.start, span.end]);

  useEffect(() => {
    if (canvas.current !== null && heat !== null) drawHeat(canvas.current, heat);
  }, [heat, theme.value, isDark.value]);
  if (heat === null) return <p class="chart-none is-tall">No values in this range</p>;

  const cellAt = (event: PointerEvent): Cell => {
    const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const part = (share: number, of: number) => Math.max(0, Math.min(of - 1, Math.floor(share * of)));
    return {
      column: part((event.clientX - area.left) / area.width, heat.columns),
      row: part(1 - (event.clientY - area.top) / area.height, heat.rows),
    };
  };
  const close = (cell: Cell) => {
    setDown(false);
    setFrom(null);
    onBox(boxOf(heat, from ?? cell, cell));
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const cell = at ?? { column: heat.columns - 1, row: heat.rows - 1 };
    if (by !== undefined) {
      const [column = 0, row = 0] = by;
      if (!event.shiftKey) setFrom(null);
      else if (from === null) setFrom(cell);
      setAt({
        column: Math.max(0, Math.min(heat.columns - 1, cell.column + column)),
        row: Math.max(0, Math.min(heat.rows - 1, cell.row + row)),
      });
    } else if (event.key === 'Enter') close(cell);
    else if (event.key === 'Escape') {
      setFrom(null);
      onBox(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const drawn = at === null || from === null ? box : boxOf(heat, from, at);
  const cell = at === null ? null : boxOf(heat, at, at);
  const counted = at === null ? 0 : (heat.counts[at.column * heat.rows + at.row] ?? 0);
  return (
    <figure class="heat">
      <div class="heat-y" aria-hidden="true">
        <span>{withUnit(heat.high, unit)}</span>
        <span>{withUnit(heat.low, unit)}</span>
      </div>
      <div
        class="heat-plot"
        role="application"
        aria-roledescription="heatmap"
        aria-label={`${name}: how often values came. Arrows move, with Shift they select, Enter explains.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move in it
        tabIndex={0}
        style={{ height: `${height}px` }}
        onKeyDown={press}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setFrom(cellAt(event));
          setDown(true);
        }}
        onPointerMove={(event) => setAt(cellAt(event))}
        onPointerUp={(event) => isDown && close(cellAt(event))}
        onPointerLeave={() => !isDown && from === null && setAt(null)}
      >
        <canvas ref={canvas} />
        {drawn !== null && <span class="heat-box" style={placeOf(heat, drawn)} />}
      </div>
      <div class="heat-x" aria-hidden="true">
        <span>{minuteText(span.start, zone.value)}</span>
        <span>{minuteText(span.end, zone.value)}</span>
      </div>
      <figcaption class="card-note" aria-live="polite">
        {cell === null
          ? `${name}: the stronger the colour, the more values. Drag a box to see which tags differ in it.`
          : `${minuteText(cell.start, zone.value)}, ${withUnit(cell.low, unit)} to ${withUnit(cell.high, unit)}: ${counted} values`}
      </figcaption>
    </figure>
  );
}

function placeOf({ start, end, low, high }: Heat, box: Box) {
  const share = (at: number, from: number, to: number) =>
    to === from ? 0 : Math.max(0, Math.min(1, (at - from) / (to - from)));
  const left = share(box.start, start, end);
  const bottom = share(box.low, low, high);
  return {
    left: `${left * 100}%`,
    width: `${(share(box.end, start, end) - left) * 100}%`,
    bottom: `${bottom * 100}%`,
    height: `${(high === low ? 1 : share(box.high, low, high) - bottom) * 100}%`,
  };
}

function drawHeat(canvas: HTMLCanvasElement, { columns, rows, counts, most }: Heat): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  // A pixel for each cell: the browser makes it as large as its place.
  canvas.width = columns;
  canvas.height = rows;
  context.fillStyle = getComputedStyle(canvas).color;
  for (let column = 0; column < columns; column += 1)
    for (let row = 0; row < rows; row += 1) {
      const count = counts[column * rows + row] as number;
      if (count === 0) continue;
      context.globalAlpha = FAINTEST + (1 - FAINTEST) * (Math.log1p(count) / Math.log1p(most));
      context.fillRect(column, rows - 1 - row, 1, 1);
    }
}
