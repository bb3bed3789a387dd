import uPlot from 'uplot';
import { figure } from '../time/format.js';
import type { Span } from '../time/moment.js';
import { axisWidth, extentOf, type Heights, heightsOf, tickTexts } from './axes.js';
import { type Colours, coloursAt } from './colours.js';
import type { Line } from './lines.js';
import { drawMany, heightsWithin, inViewOf, manyOf, POINT, PREVIOUS } from './many-lines.js';
import { drawMarks } from './mark-drawing.js';
import { alignedIn, type ChartMark, type ChartPoint, isolatedOf } from './series.js';

/** The part of a chart between its axes, in px from the corner of the chart. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What draws a chart, and knows where on it something is. */
export interface Canvas {
  /** @param points of each of the lines */
  readonly show: (
    points: readonly (readonly ChartPoint[])[],
    span: Span,
    marks: readonly ChartMark[],
  ) => void;
  readonly area: () => Area;
  /** In px from the left of the area. */
  readonly xOf: (time: number) => number;
  readonly yOf: (value: number) => number;
  readonly timeAt: (x: number) => number;
  readonly valueAt: (y: number) => number;
  readonly end: () => void;
}

interface CanvasOptions {
  readonly lines: readonly Line[];
  readonly height: number;
  readonly unit: string | undefined;
  readonly zone: string;
  /** Heights that have to be in view besides the figures. */
  readonly alsoShows: () => readonly number[];
  /** It is drawn anew because its size changed. */
  readonly onResize: () => void;
}

const TICKS_APART = { x: 72, y: 34 };
/** For those who see no canvas there is the table. */
const FONT_PX = 11;
/** Of a time with seconds: the last tick stands half beyond the lines. */
const WIDEST_TICK_PX = 48;

export function makeCanvas(at: HTMLElement, options: CanvasOptions): Canvas {
  const { height } = options;
  const colours = coloursAt(at);
  const ofMany = manyOf(options.lines);
  const isOfMany = new Set(ofMany);
  const manyLines = ofMany.map((i) => options.lines[i] as Line);
  const lines = options.lines.filter((_, i) => !isOfMany.has(i));
  let marks: readonly ChartMark[] = [];
  let band: Heights | null = null;
  let many: readonly (readonly ChartPoint[])[] = [];
  let manyHeights: Heights | null = null;
  const plot = new uPlot(
    optionsOf({ ...options, lines }, colours, getComputedStyle(at).fontFamily, {
      width: at.clientWidth,
      draw: (drawn) => {
        drawMany(drawn, manyLines, many, colours);
        drawMarks(drawn, marks, colours);
      },
      heights: (low, high) =>
        heightsOf(low === null || high === null ? null : [low, high], band, [
          ...options.alsoShows(),
          ...(manyHeights ?? []),
        ]),
    }),
    [[], ...lines.map(() => [])] as uPlot.AlignedData,
    at,
  );
  const resized = new ResizeObserver(() => {
    if (at.clientWidth === plot.width || at.clientWidth === 0) return;
    plot.setSize({ width: at.clientWidth, height });
    options.onResize();
  });
  resized.observe(at);
  return {
    show: (points, span, newMarks) => {
      marks = newMarks;
      many = inViewOf(
        ofMany.map((i) => points[i] ?? []),
        span,
      );
      manyHeights = heightsWithin(many, span);
      const few = points.filter((_, i) => !isOfMany.has(i));
      const { times, rows } = alignedIn(few, span);
      band = extentOf(rows.filter((_, i) => isEdge(lines[i])));
      // In one piece and at once: its own queue would draw behind the frame that was asked for.
      plot.batch(() => {
        plot.setData([times.map((time) => time / 1_000), ...rows] as uPlot.AlignedData, false);
        plot.setScale('x', { min: span.start / 1_000, max: span.end / 1_000 });
      });
    },
    area: () => {
      const { left, top, width, height } = plot.bbox;
      const ratio = uPlot.pxRatio;
      return { left: left / ratio, top: top / ratio, width: width / ratio, height: height / ratio };
    },
    xOf: (time) => plot.valToPos(time / 1_000, 'x'),
    yOf: (value) => plot.valToPos(value, 'y'),
    timeAt: (x) => plot.posToVal(x, 'x') * 1_000,
    valueAt: (y) => plot.posToVal(y, 'y'),
    end: () => {
      resized.disconnect();
      plot.destroy();
    },
  };
}

const isEdge = (line: Line | undefined) => line?.is === 'upper' || line?.is === 'lower';

interface Drawn {
  readonly width: number;
  /** What stands over the lines. */
  readonly draw: (plot: uPlot) => void;
  readonly heights: (low: number | null, high: number | null) => Heights | null;
}

function optionsOf(
  { lines, height, unit, zone }: CanvasOptions,
  colours: Colours,
  family: string,
  { width, draw, heights }: Drawn,
): uPlot.Options {
  const font = `${FONT_PX}px ${family}`;
  const axis = { font, stroke: colours.ink, ticks: { show: false }, border: { show: false }, gap: 6 };
  const grid = { stroke: colours.line, width: 1 };
  return {
    ...{ width, height },
    padding: [8, WIDEST_TICK_PX / 2, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true, auto: false },
      y: { range: (_, low, high) => rangeOf(heights(low, high)) },
    },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
    axes: [
      {
        ...axis,
        ...{ size: 26, space: TICKS_APART.x, grid: { show: false } },
        values: (_, ticks, __, ___, step) => tickTexts(ticks, step, zone),
      },
      {
        ...axis,
        ...{ space: TICKS_APART.y, grid, size: (_, texts) => axisWidth(texts) },
        values: (_, ticks) => ticks.map((tick) => `${figure(tick)}${unit ? ` ${unit}` : ''}`),
      },
    ],
    series: [{}, ...lines.map((line) => styleOf(line, colours))],
    bands: lines.flatMap(({ is }, i) =>
      is === 'upper' ? [{ series: [i + 1, i + 2] as [number, number], fill: colours.band }] : [],
    ),
    hooks: { draw: [draw] },
  };
}

function rangeOf(heights: Heights | null): uPlot.Range.MinMax {
  if (heights === null) return [0, 1];
  const limit = { pad: 0.1, soft: 0, mode: 3 } as const;
  return uPlot.rangeNum(...heights, { min: limit, max: limit });
}

function styleOf({ of, is }: Line, colours: Colours): uPlot.Series {
  const stroke = colours.series[of % colours.series.length] as string;
  const isolated = {
    show: true,
    size: POINT,
    fill: stroke,
    filter: (plot: uPlot, i: number) => isolatedOf(plot.data[i] as (number | null)[]),
  };
  switch (is) {
    case 'value':
      return {
        ...{ stroke, width: 1.5, points: isolated },
        // There are more series than colours: whoever has one again is broken.
        ...(of >= colours.series.length && { dash: [12, 3] }),
      };
    case 'previous':
      return { stroke, width: 1, ...PREVIOUS, points: isolated };
    case 'expected':
      return { stroke, width: 1, dash: [2, 3], alpha: 0.8, points: { show: false } };
    default:
      return { auto: false, stroke: 'transparent', width: 1, points: { show: false } };
  }
}
