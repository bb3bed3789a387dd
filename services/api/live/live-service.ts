import type { Millis } from '../../../shared/core/clock.js';
import type { LiveHub } from './live-hub.js';

/** What is open, and has to be asked each second whether it still may be. */
export interface Timed {
  second(): void;
  stop(): void;
}

/** How long clients are sent to before something else has its turn. */
const DRAIN_FOR_MS: Millis = 20;
const TICK_MS: Millis = 10;
const SECOND_MS: Millis = 1_000;

/** Drives the hub and its sessions by the clock, while there are any. */
export class LiveService {
  readonly #sessions = new Set<Timed>();
  #tick: NodeJS.Timeout | null = null;
  #second: NodeJS.Timeout | null = null;
  #draining = false;
  #stopped = false;

  constructor(readonly hub: LiveHub) {}

  get stopped(): boolean {
    return this.#stopped;
  }

  /** A session that comes when the others have been ended is ended too: it would keep the server from closing. */
  add(session: Timed): void {
    if (this.#stopped) {
      session.stop();
      return;
    }
    this.#sessions.add(session);
    this.#tick ??= setInterval(() => this.#drain(), TICK_MS);
    this.#second ??= setInterval(() => {
      for (const each of this.#sessions) each.second();
    }, SECOND_MS);
  }

  remove(session: Timed): void {
    this.#sessions.delete(session);
    if (this.#sessions.size > 0) return;
    for (const timer of [this.#tick, this.#second]) if (timer !== null) clearInterval(timer);
    this.#tick = null;
    this.#second = null;
  }

  /** Ends all sessions, and those that come later. */
  stop(): void {
    this.#stopped = true;
    for (const session of [...this.#sessions]) session.stop();
  }

  #drain(): void {
    if (this.#draining || !this.hub.pending) return;
    this.#draining = !this.hub.drain(DRAIN_FOR_MS);
    if (!this.#draining) return;
    setImmediate(() => {
      this.#draining = false;
      this.#drain();
    });
  }
}
