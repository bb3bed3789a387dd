import type { ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { classes } from '../parts/class-names.js';
import { type Span, zoomTo } from '../time/range.js';
import type { Canvas } from './canvas.js';
import { ribbonOf, type Segment } from './segments.js';
import type { ChartMark } from './series.js';

interface RibbonProps {
  readonly marks: readonly ChartMark[];
  readonly span: Span;
  readonly onMark: ((mark: ChartMark) => void) | undefined;
  readonly canvas: RefObject<Canvas | null>;
  readonly drawn: ReadonlySignal<number>;
}

/** Under a chart: when something was unusual, and below it when data came late or was corrected. */
export function Ribbon({ marks, span, onMark, canvas, drawn }: RibbonProps) {
  const area = drawn.value > 0 ? canvas.current?.area() : undefined;
  const place = area && { marginLeft: `${area.left}px`, width: `${area.width}px` };
  const segments = ribbonOf(marks, span);
  const press = ({ marks: own, start, end }: Segment) => {
    const [first] = own;
    // Nearer, they are distinguished.
    if (own.length > 1 && end - start < (span.end - span.start) / 4) {
      const around = (end - start) / 2;
      zoomTo({ start: start - around, end: end + around });
    } else if (first !== undefined) onMark?.(first);
  };
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    const all = [...(event.currentTarget as HTMLElement).querySelectorAll('button')];
    all[all.indexOf(event.target as HTMLButtonElement) + by]?.focus();
    event.preventDefault();
  };
  if (segments.length === 0) return <div class="chart-ribbon" style={place} />;
  return (
    // biome-ignore lint/a11y/useSemanticElements: no field set
    <div class="chart-ribbon" role="group" aria-label="What happened" style={place} onKeyDown={move}>
      {segments.map((segment, i) => {
        const { lane, left, width, severity } = segment;
        const text = textOf(segment);
        return (
          <button
            key={`${lane}${segment.start}`}
            type="button"
            tabIndex={i === 0 ? 0 : -1}
            class={classes('chart-segment', `is-${lane}`, `is-${severity}`)}
            style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
            title={text}
            aria-label={text}
            onClick={() => press(segment)}
          />
        );
      })}
    </div>
  );
}

function textOf({ marks }: Segment): string {
  const [first] = marks;
  return marks.length === 1 ? (first?.text ?? '') : `${marks.length} marks, among them: ${first?.text ?? ''}`;
}
