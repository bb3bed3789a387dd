import type { Millis } from '../core/clock.js';
import type { PendingCommit } from './pending-commit.js';

/**
 * Commits the work of one partition, one commit at a time. While one is running, further steps go into
 * another {@link PendingCommit}, which is bounded and committed after it.
 */
export class Committer {
  #pending: PendingCommit;
  #running: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  /**
   * @param now when the partition was opened, which counts as a commit: a partition far behind has no
   *   reason to make its first commit early
   * @param newPending opens the next commit, given when the last one began
   */
  constructor(
    now: Millis,
    private readonly newPending: (lastCommit: Millis) => PendingCommit,
  ) {
    this.#pending = newPending(now);
  }

  /** The next commit. */
  get pending(): PendingCommit {
    return this.#pending;
  }

  /** No commit is running, and there is nothing to commit. */
  get idle(): boolean {
    return this.#running === null && this.#pending.since === null;
  }

  /** @throws the error of a failed commit: nothing may be committed after it */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Starts to commit what is pending, once the commit before it is done. */
  async begin(now: Millis, commit: (pending: PendingCommit) => Promise<void>): Promise<void> {
    await this.finish();
    const pending = this.#pending;
    this.#pending = this.newPending(now);
    this.#running = commit(pending)
      .then(() => pending.recycle())
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#running = null;
      });
  }

  /** Waits until the running commit has succeeded or failed. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** As {@link settled}. @throws as {@link throwIfFailed} */
  async finish(): Promise<void> {
    await this.#running;
    this.throwIfFailed();
  }
}
