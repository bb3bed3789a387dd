import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Span } from '../time/moment.js';
import type { Canvas } from './canvas.js';
import { between } from './view.js';

/** What somebody does with the pointer over a chart; times in ms since the epoch. */
export interface Gestures {
  readonly onHover: (at: { readonly time: number; readonly height: number } | null) => void;
  readonly onPress: (at: { readonly time: number; readonly x: number; readonly y: number }) => void;
  /** Dragged so far; null when it is over. */
  readonly onSelecting: (span: Span | null) => void;
  readonly onSelect: (span: Span, explains: boolean) => void;
  /** By so many ms to the left: later things come into view. */
  readonly onPan: (ms: number) => void;
  readonly onBack: () => void;
}

/** A press moves a little; a drag goes farther. */
const DRAG_PX = 4;

/** Follows the pointer over an element that a canvas is in. */
export function useGestures(
  element: RefObject<HTMLElement | null>,
  canvas: RefObject<Canvas | null>,
  gestures: Gestures,
): void {
  const newest = useRef(gestures);
  newest.current = gestures;
  useEffect(() => {
    const at = element.current as HTMLElement;
    const gone = new AbortController();
    /** By its time: what comes meanwhile may move the axes, and with them every place. */
    let down: {
      readonly x: number;
      readonly time: number;
      readonly how: 'select' | 'explain' | 'pan';
    } | null = null;
    let isDrag = false;

    const place = (event: PointerEvent, drawn: Canvas) => {
      const box = at.getBoundingClientRect();
      const { left, top, width, height } = drawn.area();
      const x = Math.max(0, Math.min(width, event.clientX - box.left - left));
      const y = Math.max(0, Math.min(height, event.clientY - box.top - top));
      return { x, y, time: drawn.timeAt(x), height: drawn.valueAt(y) };
    };
    const on =
      (name: 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel' | 'pointerleave') =>
      (run: (event: PointerEvent, drawn: Canvas) => void) =>
        at.addEventListener(
          name,
          (event) => {
            // What stands over the canvas, such as buttons, is pressed itself.
            if (canvas.current !== null && !(event.target as Element).closest('button, a, [data-over]'))
              run(event, canvas.current);
          },
          { signal: gone.signal },
        );
    const over = () => {
      down = null;
      isDrag = false;
      newest.current.onSelecting(null);
    };

    on('pointerdown')((event, drawn) => {
      if (event.button !== 0) return;
      const how = event.shiftKey
        ? 'pan'
        : event.altKey || event.ctrlKey || event.metaKey
          ? 'explain'
          : 'select';
      const { x, time } = place(event, drawn);
      down = { x, time, how };
      at.setPointerCapture(event.pointerId);
    });
    on('pointermove')((event, drawn) => {
      const { x, time, height } = place(event, drawn);
      newest.current.onHover({ time, height });
      if (down === null) return;
      isDrag ||= Math.abs(x - down.x) >= DRAG_PX;
      if (isDrag && down.how !== 'pan') newest.current.onSelecting(between(down.time, time));
    });
    on('pointerup')((event, drawn) => {
      if (down === null) return;
      const { x, y, time } = place(event, drawn);
      const { time: begin, how } = down;
      const wasDrag = isDrag;
      over();
      if (!wasDrag) newest.current.onPress({ time, x, y });
      else if (how === 'pan') newest.current.onPan(begin - time);
      else newest.current.onSelect(between(begin, time), how === 'explain');
    });
    on('pointercancel')(over);
    on('pointerleave')(() => newest.current.onHover(null));
    at.addEventListener('dblclick', () => newest.current.onBack(), { signal: gone.signal });
    return () => gone.abort();
  }, []);
}
