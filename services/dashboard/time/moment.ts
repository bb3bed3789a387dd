/*
 * Moments as they stand in an address: `now`, `now-1h`, ms since the epoch, or ISO 8601.
 */

export const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
export type Unit = keyof typeof UNITS_MS;
const RELATIVE = /^now(?:-(\d{1,6})([smhdw]))?$/;
const SECONDS_BEFORE = 1e11;

/** A range of time. */
export interface Span {
  /** Inclusive, in ms since the epoch. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Both ends as the API takes them. */
export const spanQuery = ({ start, end }: Span): { readonly from: string; readonly to: string } => ({
  from: String(Math.round(start)),
  to: String(Math.round(end)),
});

/** In ms since the epoch; null where the text is no moment. */
export function momentOf(text: string, now: number): number | null {
  const relative = RELATIVE.exec(text.trim());
  if (relative !== null) {
    const [, count, unit] = relative;
    return count === undefined ? now : now - Number(count) * UNITS_MS[unit as Unit];
  }
  if (/^\d+$/.test(text.trim())) {
    const number = Number(text);
    return number < SECONDS_BEFORE ? number * 1_000 : number;
  }
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? null : parsed;
}

/** Whether it moves on with the time. */
export const isRelative = (text: string): boolean => RELATIVE.test(text.trim());

/** `90 s`, `5 min`, `3 h`, `2 d`: a length of time, roughly. */
export function lengthText(ms: number): string {
  const seconds = Math.abs(ms) / 1_000;
  if (seconds < 1) return `${Math.round(Math.abs(ms))} ms`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
