import { sortedTagTexts } from '../../api/tags.js';
import { CAUSES, type Cause } from './causes.js';

/** What of the quality is looked at; it stands in the address. */
export interface QualityState {
  /** Name of a definition; null for the first. */
  readonly window: string | null;
  /** A moment of the step that is chosen, in ms since the epoch. */
  readonly slot: number | null;
  readonly cause: Cause | null;
  readonly metric: string;
  readonly chosen: ChosenWindow | null;
}

/** One window of one series. */
export interface ChosenWindow {
  /** ISO 8601. */
  readonly start: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
}

export function stateOf(query: URLSearchParams): QualityState {
  const slot = query.get('slot');
  const at = slot === null ? Number.NaN : /^\d+$/.test(slot) ? Number(slot) : Date.parse(slot);
  const [start, metric] = [query.get('start'), query.get('series')];
  return {
    window: query.get('window'),
    slot: Number.isNaN(at) ? null : at,
    cause: CAUSES.find((cause) => cause === query.get('cause')) ?? null,
    metric: query.get('metric') ?? '',
    chosen: start === null || metric === null ? null : { start, metric, tags: tagsOf(query.getAll('tag')) },
  };
}

/** The part of the address that names a window; null ones end it. */
export function chosenQuery(
  chosen: ChosenWindow | null,
): Readonly<Record<'start' | 'series' | 'tag', string | readonly string[] | null>> {
  if (chosen === null) return { start: null, series: null, tag: null };
  return { start: chosen.start, series: chosen.metric, tag: sortedTagTexts(chosen.tags) };
}

function tagsOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** The begin and end of the step that a moment lies in. */
export function stepAt(at: number, stepMs: number): { readonly start: number; readonly end: number } {
  const start = Math.floor(at / stepMs) * stepMs;
  return { start, end: start + stepMs };
}
