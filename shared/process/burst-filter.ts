import type { Millis } from '../core/clock.js';

const OVER_MS = 10_000;
/** Lines of one text in that time; more are counted. */
const MOST = 20;
/** Texts that are counted at once; those beyond are written as they come. */
const MOST_TEXTS = 500;

/** What was left out of a text. */
export interface LeftOut {
  readonly text: string;
  readonly lines: number;
}

/** Lets the first lines of the same text through in each ten seconds, and counts the others. */
export class BurstFilter {
  readonly #counts = new Map<string, { since: Millis; lines: number }>();

  /** @param now of a monotonic clock */
  lets(text: string, now: Millis): boolean {
    const known = this.#counts.get(text);
    if (known === undefined) {
      if (this.#counts.size < MOST_TEXTS) this.#counts.set(text, { since: now, lines: 1 });
      return true;
    }
    known.lines += 1;
    return known.lines <= MOST;
  }

  /** What was left out in times that are over by now. */
  due(now: Millis): LeftOut[] {
    const due: LeftOut[] = [];
    for (const [text, { since, lines }] of this.#counts) {
      if (now - since < OVER_MS) continue;
      this.#counts.delete(text);
      if (lines > MOST) due.push({ text, lines: lines - MOST });
    }
    return due;
  }
}
