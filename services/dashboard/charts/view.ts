import type { Span } from '../time/moment.js';

/** Nearer to a moment, or farther from it for a factor above 1; not beyond now. */
export function zoomedAround({ start, end }: Span, at: number, factor: number, now: number): Span {
  const to = Math.min(at + (end - at) * factor, Math.max(now, end));
  return { start: at - (at - start) * factor, end: to };
}

/** Moved by what was dragged, where it keeps its length; not beyond now. */
export function panned({ start, end }: Span, ms: number, now: number): Span {
  const by = Math.min(ms, Math.max(now, end) - end);
  return { start: start + by, end: end + by };
}

/** What lies between two ends of a drag, in whichever direction. */
export const between = (a: number, b: number): Span => ({ start: Math.min(a, b), end: Math.max(a, b) });

/** What a key does in a chart. */
export type KeyAction =
  | { readonly does: 'move' | 'select'; readonly steps: number }
  | { readonly does: 'zoom'; readonly factor: number }
  | { readonly does: 'pan'; readonly share: number }
  | { readonly does: 'pin' | 'leave' | 'back' | 'explain' };

const FAR_STEPS = 10;
const ZOOM = 2;

/** @returns null for keys of others */
export function keyAction(key: string, { shift = false, other = false } = {}): KeyAction | null {
  // Those are the browser's, and the shell's.
  if (other) return null;
  const does = shift ? 'select' : 'move';
  switch (key) {
    case 'ArrowLeft':
      return { does, steps: -1 };
    case 'ArrowRight':
      return { does, steps: 1 };
    case 'ArrowUp':
      return { does, steps: FAR_STEPS };
    case 'ArrowDown':
      return { does, steps: -FAR_STEPS };
    case 'Home':
      return { does, steps: Number.NEGATIVE_INFINITY };
    case 'End':
      return { does, steps: Number.POSITIVE_INFINITY };
    case '+':
    case '=':
      return { does: 'zoom', factor: 1 / ZOOM };
    case '-':
      return { does: 'zoom', factor: ZOOM };
    case 'PageUp':
      return { does: 'pan', share: -1 / 2 };
    case 'PageDown':
      return { does: 'pan', share: 1 / 2 };
    case 'Enter':
      return { does: 'pin' };
    case 'Escape':
      return { does: 'leave' };
    case 'Backspace':
      return { does: 'back' };
    case 'x':
      return { does: 'explain' };
    default:
      return null;
  }
}
