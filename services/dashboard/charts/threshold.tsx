import type { ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import type { Canvas } from './canvas.js';
import { withUnit } from './overlay.js';

export interface ThresholdProps {
  readonly value: number;
  /** What it is of, for those who do not see it. */
  readonly name: string;
  /** Without it, it stays where it is. */
  readonly onChange?: (value: number) => void;
}

interface Placed extends ThresholdProps {
  readonly canvas: RefObject<Canvas | null>;
  readonly drawn: ReadonlySignal<number>;
  readonly unit: string | undefined;
}

/** Of the height, for each press of an arrow. */
const STEP = 0.02;

/** A line across a chart that is dragged, or moved with arrows, to the height that matters. */
export function Threshold({ value, name, onChange, canvas, drawn, unit }: Placed) {
  if (drawn.value === 0 || canvas.current === null) return null;
  const { left, top, width, height } = canvas.current.area();
  const { valueAt, yOf } = canvas.current;
  const y = Math.max(0, Math.min(height, yOf(value)));
  const style = { left: `${left}px`, width: `${width}px`, transform: `translateY(${top + y}px)` };
  if (onChange === undefined)
    return (
      <div
        class="chart-threshold is-fixed"
        role="img"
        aria-label={`${name}: ${withUnit(value, unit)}`}
        style={style}
      >
        <span aria-hidden>{withUnit(value, unit)}</span>
      </div>
    );
  const move = (to: number) =>
    onChange(rounded(valueAt(to), Math.abs(valueAt(0) - valueAt(height)) / height));
  const drag = (event: PointerEvent) => {
    const handle = event.currentTarget as HTMLElement;
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = (handle.parentElement as HTMLElement).getBoundingClientRect();
    move(Math.max(0, Math.min(height, event.clientY - box.top - top)));
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(y + by * STEP * height);
  };
  return (
    <div
      class="chart-threshold"
      data-over
      role="slider"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={name}
      aria-valuenow={value}
      aria-valuetext={withUnit(value, unit)}
      style={style}
      onKeyDown={press}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
    >
      <span>{withUnit(value, unit)}</span>
    </div>
  );
}

/** To as many digits as a pixel has. */
function rounded(value: number, perPixel: number): number {
  const digits = Math.max(0, Math.min(12, -Math.floor(Math.log10(perPixel))));
  return Number(value.toFixed(Number.isFinite(digits) ? digits : 0));
}
