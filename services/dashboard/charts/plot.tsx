import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import 'uplot/dist/uPlot.min.css';
import { isDark, theme } from '../parts/theme.js';
import { wallTime } from '../time/clock.js';
import { momentText } from '../time/format.js';
import { type Span, zoomBack, zoomTo } from '../time/range.js';
import { zone } from '../time/zone.js';
import { type Canvas, makeCanvas } from './canvas.js';
import { hovered, joinCursor, pin, pinned } from './cursor.js';
import { drawNoMore, drawSoon } from './frames.js';
import { useGestures } from './gestures.js';
import { hasValues, keyOf, linesOf } from './lines.js';
import { Overlay, withUnit } from './overlay.js';
import { readingsAt, steppedFrom } from './readings.js';
import { Ribbon } from './ribbon.js';
import { alignedIn, type ChartMark, type ChartSeries } from './series.js';
import { Threshold, type ThresholdProps } from './threshold.js';
import { between, keyAction, panned, zoomedAround } from './view.js';
import { followVisible } from './visible.js';

interface PlotProps {
  readonly name: string;
  readonly series: readonly ChartSeries[];
  readonly shown: readonly string[] | null;
  readonly span: Span;
  readonly marks: readonly ChartMark[];
  readonly height: number;
  readonly unit: string | undefined;
  readonly threshold: ThresholdProps | undefined;
  readonly isExplaining: boolean;
  readonly onMark: ((mark: ChartMark) => void) | undefined;
  readonly onExplain: ((span: Span) => void) | undefined;
}

const MARK_PX = 8;
const SPOKEN = 5;
const HELP =
  'Arrows move the cursor, with Shift they select. Enter pins, or shows what is selected. Plus and minus zoom, Page Up and Page Down move, Backspace goes back.';

/** The canvas of a chart, and what people do with pointer and keys over it. */
export function Plot(props: PlotProps) {
  const { name, series, shown, span, marks, height, unit, threshold, onMark, onExplain } = props;
  const element = useRef<HTMLDivElement>(null);
  const canvas = useRef<Canvas | null>(null);
  const own = useRef({}).current;
  const drawn = useSignal(0);
  const selecting = useSignal<Span | null>(null);
  const spoken = useSignal('');
  const isInView = useRef(false);
  const isOld = useRef(true);
  const lines = useMemo(() => linesOf(series, shown), [series, shown]);
  const newest = useRef({ lines, span, marks, threshold });
  newest.current = { lines, span, marks, threshold };
  const shownLast = useRef<object | null>(null);
  const key = keyOf(lines);

  const draw = () => {
    isOld.current = true;
    if (!isInView.current) return;
    drawSoon(own, () => {
      if (canvas.current === null) return;
      isOld.current = false;
      const { lines: shownNow, span: spanNow, marks: marksNow } = newest.current;
      shownLast.current = newest.current;
      canvas.current.show(shownNow.points, spanNow, marksNow);
      drawn.value += 1;
    });
  };

  useEffect(joinCursor, []);
  // Before it is on the screen, so that what comes to it has its lines already.
  useLayoutEffect(() => {
    const ends = followVisible(element.current as HTMLElement, (isVisible) => {
      isInView.current = isVisible;
      if (isVisible && isOld.current) draw();
    });
    return () => {
      ends();
      drawNoMore(own);
    };
  }, []);
  useLayoutEffect(() => {
    canvas.current = makeCanvas(element.current as HTMLElement, {
      ...{ lines: newest.current.lines.lines, height, unit, zone: zone.value },
      alsoShows: () => (newest.current.threshold === undefined ? [] : [newest.current.threshold.value]),
      onResize: draw,
    });
    draw();
    return () => {
      canvas.current?.end();
      canvas.current = null;
    };
  }, [key, height, unit, theme.value, isDark.value, zone.value]);
  // In a frame of its own, behind that of the page around it: together they are felt.
  useEffect(() => {
    if (shownLast.current !== newest.current) draw();
  }, [
    ...[lines, span.start, span.end, marks, threshold?.value, key, height, unit],
    ...[theme.value, isDark.value, zone.value],
  ]);

  const select = (chosen: Span, explains: boolean) => {
    if (explains && onExplain !== undefined) onExplain(chosen);
    else zoomTo(chosen);
  };
  useGestures(element, canvas, {
    onHover: (at) => {
      if (at !== null) hovered.value = { ...at, chart: own };
      else if (hovered.peek()?.chart === own) hovered.value = null;
    },
    onPress: ({ time, x, y }) => {
      const mark = onMark === undefined ? undefined : markAt(marks, canvas.current, x, y);
      if (mark !== undefined) onMark?.(mark);
      else pin(pinned.peek() === null ? time : null);
    },
    onSelecting: (chosen) => {
      selecting.value = chosen;
    },
    onSelect: (chosen, explains) => select(chosen, explains || props.isExplaining),
    onPan: (ms) => zoomTo(panned(span, ms, wallTime())),
    onBack: zoomBack,
  });

  const place = (steps: number): number => {
    const from = hovered.peek()?.time ?? pinned.peek() ?? span.end;
    const inView = alignedIn(lines.points, span).times.filter(
      (time) => time >= span.start && time <= span.end,
    );
    const time = steppedFrom(inView, from, steps) ?? span.end;
    hovered.value = { time, chart: own, height: null };
    const within = (span.end - span.start) / 20;
    const readings = readingsAt(series, shown, { time, within, height: null }).slice(0, SPOKEN);
    spoken.value = [
      momentText(time, zone.peek()),
      ...readings.map((one) => `${one.name}: ${withUnit(one.value, unit)}`),
    ].join(', ');
    return time;
  };
  const anchor = useRef<number | null>(null);
  const press = (event: KeyboardEvent) => {
    const { key: pressed, shiftKey, ctrlKey, altKey, metaKey } = event;
    const action = keyAction(pressed, { shift: shiftKey, other: ctrlKey || altKey || metaKey });
    // Of what stands in the plot.
    if (action === null || event.target !== event.currentTarget) return;
    const time = hovered.peek()?.time ?? span.end;
    const chosen = selecting.peek();
    const ends = () => {
      selecting.value = null;
      anchor.current = null;
    };
    switch (action.does) {
      case 'move':
        ends();
        place(action.steps);
        break;
      case 'select':
        anchor.current ??= time;
        selecting.value = between(anchor.current, place(action.steps));
        break;
      case 'zoom':
        zoomTo(zoomedAround(span, time, action.factor, wallTime()));
        break;
      case 'pan':
        zoomTo(panned(span, action.share * (span.end - span.start), wallTime()));
        break;
      case 'pin':
        if (chosen !== null) select(chosen, props.isExplaining);
        else pin(pinned.peek() === Math.round(time) ? null : time);
        ends();
        break;
      case 'explain':
        if (chosen === null || onExplain === undefined) return;
        onExplain(chosen);
        ends();
        break;
      case 'leave':
        pin(null);
        hovered.value = null;
        ends();
        break;
      default:
        zoomBack();
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const isPinned = useComputed(() => pinned.value !== null);
  return (
    <>
      <div
        ref={element}
        class="chart-plot"
        role="application"
        aria-roledescription="chart"
        aria-label={`${name}. ${HELP}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move its cursor
        tabIndex={0}
        data-explaining={props.isExplaining}
        data-pinned={isPinned}
        style={{ height: `${height}px` }}
        onKeyDown={press}
        onBlur={() => {
          if (hovered.peek()?.chart === own) hovered.value = null;
        }}
      >
        <Overlay {...{ canvas, drawn, selecting, series, shown, marks, span, unit }} chart={own} />
        {threshold !== undefined && <Threshold {...threshold} {...{ canvas, drawn, unit }} />}
        {!hasValues(lines) && (
          <p class="chart-none">
            {series.length === 0 ? 'No series in this range' : 'No values in this range'}
          </p>
        )}
        <span class="visually-hidden" role="status">
          {spoken}
        </span>
      </div>
      {marks.length > 0 && <Ribbon {...{ marks, span, onMark, canvas, drawn }} />}
    </>
  );
}

function markAt(
  marks: readonly ChartMark[],
  canvas: Canvas | null,
  x: number,
  y: number,
): ChartMark | undefined {
  if (canvas === null) return undefined;
  const { height } = canvas.area();
  return marks.find((mark) => {
    const far = Math.abs(canvas.xOf(mark.start) - x);
    const at = mark.kind === 'late' || mark.kind === 'corrected' ? height : mark.value;
    if (at === undefined) return false;
    return Math.hypot(far, (at === height ? at : canvas.yOf(at)) - y) <= MARK_PX;
  });
}
