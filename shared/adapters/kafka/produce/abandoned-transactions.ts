import type { Logger } from '../../../process/logger.js';
import { sleep } from '../../../process/wait.js';
import { listOngoing, ongoingSince } from '../protocol/transaction-listing.js';
import { askAll, type Brokers } from './brokers.js';
import { membersOf } from './group-members.js';
import { abortTransactionOf, idsOf } from './transaction-session.js';

/** For a transaction whose process may be alive or not: one that is alive ends it sooner. */
const PATIENCE_MS = 2_000;
const ASK_MS = 5_000;

/**
 * Aborts what processes of the same group left open that were killed in mid-transaction: readers of all their
 * output partitions would stand still until the broker does so. Whether offsets were part of it already makes no
 * difference. Members of the group are left alone, however long they take.
 */
export class AbandonedTransactions {
  #running: Promise<void> | null = null;
  readonly #closed = new AbortController();

  constructor(
    private readonly brokers: Brokers,
    private readonly groupId: string,
    private readonly log: Logger,
  ) {}

  /** @param own the transactional id of this process, which is left alone */
  end(own: string): void {
    this.#running ??= this.#end(own)
      .catch((error: unknown) => this.log.debug({ error }, 'looking for abandoned transactions'))
      .finally(() => {
        this.#running = null;
      });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  async #end(own: string): Promise<void> {
    const { signal } = this.#closed;
    const ongoing = await this.#ongoing(own);
    if (ongoing.size === 0) return;
    const isMember = await membersOf(this.brokers, this.groupId);
    const unknown = new Map<string, bigint>();
    for (const [id, since] of ongoing) {
      const member = isMember(id);
      if (member === null) unknown.set(id, since);
      else if (!member) await this.#abort(id, since);
    }
    if (unknown.size === 0) return;
    await sleep(PATIENCE_MS, signal);
    const isMemberNow = await membersOf(this.brokers, this.groupId);
    for (const [id, since] of unknown) if (!isMemberNow(id)) await this.#abort(id, since);
  }

  /** Unless it has ended meanwhile: then the id is in use. */
  async #abort(id: string, since: bigint): Promise<void> {
    if (this.#closed.signal.aborted || (await this.#since(id)) !== since) return;
    this.log.warn({ transactionalId: id }, 'aborting the transaction that another process left open');
    await abortTransactionOf(id, this.brokers, ASK_MS);
  }

  async #ongoing(own: string): Promise<Map<string, bigint>> {
    const ids = (await askAll(this.brokers, listOngoing, ASK_MS)).flat();
    const found = new Map<string, bigint>();
    for (const id of new Set(ids)) {
      if (!id.startsWith(idsOf(this.groupId)) || id === own) continue;
      const since = await this.#since(id);
      if (since !== null) found.set(id, since);
    }
    return found;
  }

  #since(id: string): Promise<bigint | null> {
    return this.brokers.ask({ of: 'transaction', id }, ongoingSince(id), performance.now() + ASK_MS);
  }
}
