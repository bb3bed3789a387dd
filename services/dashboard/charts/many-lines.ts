import uPlot from 'uplot';
import type { Span } from '../time/moment.js';
import type { Heights } from './axes.js';
import type { Colours } from './colours.js';
import type { Line } from './lines.js';
import { placeOf } from './readings.js';
import type { ChartPoint } from './series.js';

/*
 * Many lines at once. Those of a colour are one path of lines a pixel wide, made of the points as they are: what a path of its own for
 * each costs, with its clip, its search for gaps and columns that all lines share, is several times what drawing them takes.
 */

/** Of these more than so many are drawn so. */
const MANY = 40;
/** Points of all lines; of more, each column of the chart has the lowest and the highest alone. */
const MOST_POINTS = 120_000;
/** A value between two gaps, in px. */
export const POINT = 5;
/** How a period before differs from this one. */
export const PREVIOUS = { dash: [5, 4], alpha: 0.65 };

/** Which of the lines are drawn here, by their places; the others are few. */
export const manyOf = (lines: readonly Line[]): number[] =>
  lines.length <= MANY ? [] : lines.flatMap(({ is }, i) => (is === 'value' || is === 'previous' ? [i] : []));

/** What of lines is in view, and what leads out of it. */
export function inViewOf(
  lists: readonly (readonly ChartPoint[])[],
  span: Span,
): readonly (readonly ChartPoint[])[] {
  const most = Math.floor(MOST_POINTS / Math.max(1, lists.length));
  return lists.map((points) => {
    const from = Math.max(0, placeOf(points, span.start) - 1);
    const shown = points.slice(from, placeOf(points, span.end) + 1);
    return shown.length <= most ? shown : thinned(shown, most);
  });
}

/** The lowest and the highest of parts of a line; a part without values is a gap. @param most points, about */
export function thinned(points: readonly ChartPoint[], most: number): readonly ChartPoint[] {
  const size = Math.ceil((2 * points.length) / most);
  const kept: ChartPoint[] = [];
  for (let start = 0; start < points.length; start += size) {
    let [low, high] = [-1, -1];
    for (let i = start; i < points.length && i < start + size; i += 1) {
      const value = (points[i] as ChartPoint)[1];
      if (value === null) continue;
      if (low < 0 || value < ((points[low] as ChartPoint)[1] as number)) low = i;
      if (high < 0 || value > ((points[high] as ChartPoint)[1] as number)) high = i;
    }
    if (low < 0) kept.push(points[start] as ChartPoint);
    else
      for (const i of low === high ? [low] : [Math.min(low, high), Math.max(low, high)])
        kept.push(points[i] as ChartPoint);
  }
  return kept;
}

/** Of what is within a range; null without any. */
export function heightsWithin(
  lists: readonly (readonly ChartPoint[])[],
  { start, end }: Span,
): Heights | null {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const points of lists)
    for (const [time, value] of points) {
      if (value === null || time < start || time > end) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  return least > most ? null : [least, most];
}

/** Draws onto a path, as a canvas has it. */
type Pen = Pick<CanvasPath, 'moveTo' | 'lineTo'>;

/** Where a time and a height are, in px of the canvas: what 0 is at, and how much each unit is. */
interface Places {
  readonly x: { readonly zero: number; readonly unit: number };
  readonly y: { readonly zero: number; readonly unit: number };
}

/** Traces a line; a value between two gaps, which no line shows, is a point. @returns where there are such points: x, y, x, y … */
export function trace(points: readonly ChartPoint[], at: Places, pen: Pen): number[] {
  const alone: number[] = [];
  let [length, x, y] = [0, 0, 0];
  const endRun = () => {
    if (length === 1) alone.push(x, y);
    length = 0;
  };
  for (const [time, value] of points) {
    if (value === null) {
      endRun();
      continue;
    }
    x = at.x.zero + time * at.x.unit;
    y = at.y.zero + value * at.y.unit;
    if (length === 0) pen.moveTo(x, y);
    else pen.lineTo(x, y);
    length += 1;
  }
  endRun();
  return alone;
}

/** @param lists the points of each of the lines */
export function drawMany(
  plot: uPlot,
  lines: readonly Line[],
  lists: readonly (readonly ChartPoint[])[],
  colours: Colours,
): void {
  if (lists.length === 0) return;
  const { ctx, bbox, scales } = plot;
  const { min: start = 0, max: end = 1 } = scales.x as uPlot.Scale;
  const { min: low = 0, max: high = 1 } = scales.y as uPlot.Scale;
  const x = { unit: bbox.width / (end - start) / 1_000 };
  const y = { unit: -bbox.height / (high - low) };
  const places = {
    x: { ...x, zero: bbox.left - start * 1_000 * x.unit },
    y: { ...y, zero: bbox.top + bbox.height - low * y.unit },
  };
  const size = POINT * uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = 1;
  const looks = Map.groupBy(lines.keys(), (i) => {
    const { of, is } = lines[i] as Line;
    return `${is} ${of % colours.series.length}`;
  });
  for (const members of looks.values()) {
    const { of, is } = lines[members[0] as number] as Line;
    const colour = colours.series[of % colours.series.length] as string;
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.globalAlpha = is === 'previous' ? PREVIOUS.alpha : 1;
    ctx.setLineDash(is === 'previous' ? PREVIOUS.dash.map((px) => px * uPlot.pxRatio) : []);
    ctx.beginPath();
    const alone = members.flatMap((i) => trace(lists[i] ?? [], places, ctx));
    ctx.stroke();
    for (let i = 0; i < alone.length; i += 2)
      ctx.fillRect((alone[i] as number) - size / 2, (alone[i + 1] as number) - size / 2, size, size);
  }
  ctx.restore();
}
