import type { ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { figure, momentText } from '../time/format.js';
import type { Span } from '../time/moment.js';
import { zone } from '../time/zone.js';
import type { Canvas } from './canvas.js';
import { hovered, pinned } from './cursor.js';
import { marksAt, type Reading, readingsAt } from './readings.js';
import type { ChartMark, ChartSeries } from './series.js';

interface OverlayProps {
  readonly canvas: RefObject<Canvas | null>;
  /** Rises with each drawing, so that what stands over it moves along. */
  readonly drawn: ReadonlySignal<number>;
  readonly selecting: ReadonlySignal<Span | null>;
  readonly chart: object;
  readonly series: readonly ChartSeries[];
  readonly shown: readonly string[] | null;
  readonly marks: readonly ChartMark[];
  readonly span: Span;
  readonly unit: string | undefined;
}

const MOST = 12;
/** Of the width: values that are farther away are not those of the cursor. */
const NEAR = 0.03;
const TIP = 240;
const GAP = 12;

/** Over the canvas: the cursor of all charts, what was pinned, what is being selected, and the figures there. */
export function Overlay(props: OverlayProps) {
  const { canvas, drawn, selecting, chart, span } = props;
  const at = hovered.value;
  const pin = pinned.value;
  const selected = selecting.value;
  if (drawn.value === 0 || canvas.current === null) return null;
  const { left, top, width, height } = canvas.current.area();
  const xOf = (time: number) => Math.max(0, Math.min(width, canvas.current?.xOf(time) ?? 0));
  const isIn = (time: number) => time >= span.start && time <= span.end;
  const isHere = at?.chart === chart;
  const shows = isHere ? at.time : pin;
  return (
    <div
      class="chart-over"
      style={{ left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` }}
    >
      {selected !== null && (
        <span
          class="chart-selected"
          style={{
            left: `${xOf(selected.start)}px`,
            width: `${xOf(selected.end) - xOf(selected.start)}px`,
          }}
        />
      )}
      {at !== null && isIn(at.time) && (
        <span class="chart-cursor" style={{ transform: `translateX(${xOf(at.time)}px)` }} />
      )}
      {pin !== null && isIn(pin) && (
        <span class="chart-cursor is-pinned" style={{ transform: `translateX(${xOf(pin)}px)` }} />
      )}
      {shows !== null && isIn(shows) && selected === null && (
        <Tip
          {...props}
          {...{ time: shows, height: isHere ? at.height : null, isPinned: !isHere }}
          x={xOf(shows)}
          width={width}
        />
      )}
    </div>
  );
}

interface TipProps extends OverlayProps {
  readonly time: number;
  readonly height: number | null;
  readonly isPinned: boolean;
  readonly x: number;
  readonly width: number;
}

function Tip({ series, shown, marks, span, unit, time, height, isPinned, x, width }: TipProps) {
  const within = (span.end - span.start) * NEAR;
  const readings = readingsAt(series, shown, { time, within, height });
  const events = marksAt(marks, time, (span.end - span.start) * 0.005);
  const style = x + GAP + TIP <= width ? { left: `${x + GAP}px` } : { right: `${width - x + GAP}px` };
  return (
    <div class="chart-tip" style={style} data-pinned={isPinned}>
      <strong>{momentText(time, zone.value)}</strong>
      {readings.slice(0, MOST).map((reading) => (
        <ReadingLine key={reading.of} reading={reading} unit={unit} />
      ))}
      {readings.length > MOST && <span class="chart-tip-more">and {readings.length - MOST} more</span>}
      {readings.length === 0 && <span class="chart-tip-more">No value here</span>}
      {events.slice(0, 2).map((event) => (
        <span key={event.id} class="chart-tip-event">
          {event.text}
        </span>
      ))}
    </div>
  );
}

function ReadingLine({ reading, unit }: { readonly reading: Reading; readonly unit: string | undefined }) {
  const { of, name, value, previous, expected } = reading;
  return (
    <span class="chart-tip-line">
      <i class={`swatch is-${of % 8}`} />
      <span class="chart-tip-name">{name}</span>
      <b>{withUnit(value, unit)}</b>
      {expected !== null && <small>expected {figure(expected)}</small>}
      {previous !== null && <small>before {figure(previous)}</small>}
    </span>
  );
}

export const withUnit = (value: number, unit: string | undefined): string =>
  `${figure(value)}${unit ? ` ${unit}` : ''}`;
