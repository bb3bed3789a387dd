import type { Millis } from '../core/clock.js';
import type { Pending } from './pending.js';

/**
 * The commits of one partition. While one is under way the next records are processed: their results
 * gather in another {@link Pending}, which is bounded, and are committed after it.
 */
export class Commits {
  #pending: Pending;
  #running: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  /**
   * @param now when the partition was opened, which counts as a commit: who comes back far behind has nothing to show early
   * @param gather makes room for what comes after a commit that began then
   */
  constructor(
    now: Millis,
    private readonly gather: (lastCommit: Millis) => Pending,
  ) {
    this.#pending = gather(now);
  }

  /** What goes into the next commit. */
  get pending(): Pending {
    return this.#pending;
  }

  /** Nothing is under way, and nothing waits. */
  get idle(): boolean {
    return this.#running === null && this.#pending.since === null;
  }

  /** @throws what a commit failed with: nothing may be committed after it */
  check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Begins to commit what is pending, once the commit before is done. */
  async begin(now: Millis, commit: (pending: Pending) => Promise<void>): Promise<void> {
    await this.finish();
    const pending = this.#pending;
    this.#pending = this.gather(now);
    this.#running = commit(pending)
      .then(() => pending.recycle())
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#running = null;
      });
  }

  /** Waits for the commit under way, whatever comes of it. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** As {@link settled}. @throws as {@link check} */
  async finish(): Promise<void> {
    await this.#running;
    this.check();
  }
}
