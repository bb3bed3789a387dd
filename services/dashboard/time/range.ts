import { computed, signal } from '@preact/signals';
import { query, setQuery } from '../address/address.js';
import type { QueryChanges } from '../address/query.js';
import { wallTime } from './clock.js';
import { isRelative, momentOf, type Span } from './moment.js';

export type { Span } from './moment.js';

/*
 * The range of time that pages show. It stands in the address as `from` and `to`.
 */

const DEFAULT_FROM = 'now-1h';
const DEFAULT_TO = 'now';
const LEAST_MS = 1_000;

export const PRESETS: readonly { readonly from: string; readonly name: string }[] = [
  { from: 'now-5m', name: 'Last 5 minutes' },
  { from: 'now-15m', name: 'Last 15 minutes' },
  { from: 'now-1h', name: 'Last hour' },
  { from: 'now-6h', name: 'Last 6 hours' },
  { from: 'now-24h', name: 'Last 24 hours' },
  { from: 'now-7d', name: 'Last 7 days' },
  { from: 'now-30d', name: 'Last 30 days' },
];

/** Of this moment, by which relative ranges are resolved; it moves on each second while the page is live. */
export const now = signal(wallTime());
/** Whether pages move on by themselves; in the address as `live=off` where they do not. */
export const isPaused = computed(() => query.value.get('live') === 'off');

/** As it stands in the address. */
export const rangeText = computed(() => ({
  from: query.value.get('from') ?? DEFAULT_FROM,
  to: query.value.get('to') ?? DEFAULT_TO,
}));

/** Whether its end moves on with the time. */
export const endsNow = computed(() => isRelative(rangeText.value.to));

/** Whether there is more to show as time goes on: its end moves, and nobody has paused it. */
export const isMoving = computed(() => endsNow.value && !isPaused.value);

let before: Span = { start: 0, end: 0 };

/** Resolved; a range that cannot be read is the default one. While it stands still, who reads it is not drawn anew each second. */
export const span = computed<Span>(() => {
  const { start, end } = resolved(rangeText.value, now.value);
  if (start !== before.start || end !== before.end) before = { start, end };
  return before;
});

export function resolved(text: { readonly from: string; readonly to: string }, at: number): Span {
  const start = momentOf(text.from, at);
  const end = momentOf(text.to, at);
  if (start === null || end === null || end - start < LEAST_MS)
    return { start: momentOf(DEFAULT_FROM, at) as number, end: at };
  return { start, end };
}

/** Shows another range: "back" returns to the one before. */
export function showRange(from: string | number, to: string | number): void {
  setQuery({ from: String(from), to: String(to) });
}

/** What a drag over a chart selects. */
export function zoomTo({ start, end }: Span): void {
  if (end - start < LEAST_MS) return;
  showRange(Math.round(start), Math.round(end));
  window.history.replaceState({ zoomedAgo: 1 }, '');
}

/** How many entries of the history ago the view before the last {@link zoomTo} is; 0 without one. */
const zoomedAgo = (): number => (window.history.state as { zoomedAgo?: number } | null)?.zoomedAgo ?? 0;

/** Changes the query by something that is no other range: {@link zoomBack} still leads to the one before. */
export function setQueryInRange(changes: QueryChanges): void {
  const ago = zoomedAgo();
  setQuery(changes);
  if (ago > 0) window.history.replaceState({ zoomedAgo: ago + 1 }, '');
}

/** The view before the last {@link zoomTo}; without one, twice as much. */
export function zoomBack(): void {
  const ago = zoomedAgo();
  if (ago > 0) {
    window.history.go(-ago);
    return;
  }
  const { start, end } = zoomOut(span.peek(), wallTime());
  showRange(Math.round(start), Math.round(end));
}

/** Twice as long around the same middle, not beyond now. */
export function zoomOut({ start, end }: Span, at: number): Span {
  const half = (end - start) / 2;
  const to = Math.min(end + half, Math.max(at, end));
  return { start: to - 4 * half, end: to };
}

export function setPaused(paused: boolean): void {
  setQuery({ live: paused ? 'off' : null }, { replace: true });
}

/** Keeps {@link now} going. */
export function followTime(): () => void {
  const timer = setInterval(() => {
    if (!document.hidden && !isPaused.peek()) now.value = wallTime();
  }, 1_000);
  return () => clearInterval(timer);
}
