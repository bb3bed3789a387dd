import type { Millis } from '../core/clock.js';

/** How often is looked at what is being worked on. */
export const LOOK_EVERY_MS = 1_000;
/** Of the time between two looks, more than this was not the worker's: the process or the machine stood still. */
const MOST_OF_A_LOOK_MS = 2 * LOOK_EVERY_MS;

/** Something that a worker does piece by piece. */
export interface Work {
  /** Whether there is something to do that waits for nobody else. */
  readonly pending: () => boolean;
  /** Another value after each piece. */
  readonly done: () => number;
  /** Where one piece may take longer than others. */
  readonly afterMs?: Millis;
}

interface Watched {
  readonly work: Work;
  readonly afterMs: Millis;
  done: number;
  idleMs: Millis;
}

/**
 * Notices work that has stopped though there is something to do, which only a restart would end.
 *
 * Time counts only while nothing else stands against readiness: a worker that waits for a server says so there, and to
 * restart it would help nobody.
 */
export class Liveness {
  readonly #watched = new Map<string, Watched>();

  /** @param afterMs longer than every time-out of a server, after which waiting for it is shown */
  constructor(private readonly afterMs: Millis) {}

  /** @returns ends the watch */
  watch(key: string, work: Work): () => void {
    const watched = { work, afterMs: work.afterMs ?? this.afterMs, done: work.done(), idleMs: 0 };
    this.#watched.set(key, watched);
    return () => {
      if (this.#watched.get(key) === watched) this.#watched.delete(key);
    };
  }

  /** @param elapsedMs since the look before */
  look(elapsedMs: Millis, waits: boolean): void {
    for (const watched of this.#watched.values()) {
      const done = watched.work.done();
      const isIdle = done === watched.done && !waits && watched.work.pending();
      watched.idleMs = isIdle ? watched.idleMs + Math.min(elapsedMs, MOST_OF_A_LOOK_MS) : 0;
      watched.done = done;
    }
  }

  /** What has stopped. */
  get stopped(): string[] {
    return [...this.#watched]
      .filter(([, { idleMs, afterMs }]) => idleMs >= afterMs)
      .map(
        ([key, { idleMs }]) =>
          `${key}: no progress for ${Math.round(idleMs / 1_000)} s, though there is work`,
      );
  }
}
