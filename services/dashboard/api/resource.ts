import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { wallTime } from '../time/clock.js';
import { backOffMs } from './back-off.js';
import { ApiProblem, LoggedOut } from './problem.js';

/** Something that is asked for, and asked for again. */
export interface Resource<T> {
  /** The newest answer; it stays while a later question fails. Null before the first. */
  readonly data: T | null;
  /** Why the last question failed; null where it did not. */
  readonly error: unknown;
  readonly isLoading: boolean;
  /** When `data` came, in ms since the epoch. */
  readonly loadedAt: number | null;
  /** Asks again now. */
  readonly reload: () => void;
}

export interface ResourceOptions<T> {
  /** How long to wait before it is asked for again; never by default. */
  readonly everyMs?: number | null;
  /** How many times as long to wait after this answer; once by default. */
  readonly timesAsLong?: (data: T) => number;
  /** Whether the answer to an earlier question is shown until the next one is there, as of a chart that moves on. */
  readonly keeps?: boolean;
}

interface Known<T> {
  readonly data: T | null;
  readonly error: unknown;
  readonly isLoading: boolean;
  readonly loadedAt: number | null;
}

const NOTHING = { data: null, error: null, isLoading: true, loadedAt: null };
/** After an answer that could not be had. */
const RETRY_MS = 2_000;

/**
 * Asks, again when what the question depends on changes, and while it cannot be answered. A page that nobody sees asks nothing.
 *
 * @param load gives the answer, or null where there is nothing to ask for
 */
export function useResource<T>(
  load: (signal: AbortSignal) => Promise<T>,
  dependsOn: readonly unknown[],
  { everyMs = null, keeps = false, timesAsLong = () => 1 }: ResourceOptions<T> = {},
): Resource<T> {
  const [known, setKnown] = useState<Known<T>>(NOTHING);
  const [asked, setAsked] = useState(0);
  const answered = useRef(dependsOn);
  const newest = useRef({ load, timesAsLong });
  newest.current = { load, timesAsLong };

  // Before the first drawing: the question is under way while the browser draws.
  useLayoutEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    // Of the same question, the answer stays until there is the next one.
    const isSame = dependsOn.every((one, i) => Object.is(one, answered.current[i]));
    answered.current = dependsOn;
    setKnown((before) => {
      if (!keeps && !isSame) return NOTHING;
      return before.isLoading ? before : { ...before, isLoading: true };
    });

    const again = (ms: number | null) => {
      if (ms !== null && !gone.signal.aborted) timer = setTimeout(ask, ms);
    };
    const ask = async () => {
      if (document.hidden) return document.addEventListener('visibilitychange', ask, seen);
      try {
        const data = await newest.current.load(gone.signal);
        if (gone.signal.aborted) return;
        failures = 0;
        setKnown({ data, error: null, isLoading: false, loadedAt: wallTime() });
        again(everyMs === null ? null : everyMs * newest.current.timesAsLong(data));
      } catch (error) {
        if (gone.signal.aborted || error instanceof LoggedOut) return;
        failures += 1;
        setKnown((before) => ({ ...before, error, isLoading: false }));
        // What was refused is refused again, unless something changes.
        again(error instanceof ApiProblem ? everyMs : backOffMs(failures, RETRY_MS));
      }
    };
    const seen = { once: true, signal: gone.signal };
    void ask();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [...dependsOn, everyMs, asked]);

  const reload = useCallback(() => setAsked((count) => count + 1), []);
  return { ...known, reload };
}
