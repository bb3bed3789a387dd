import { partitionKey } from '../core/partition-key.js';
import type { AssignedPartition, TakenOver, WorkerTransactions } from '../ports/log.js';

type Checkpoints = ReadonlyMap<string, TakenOver | null>;

/** Partitions that are opened at the same time are taken over with one question to the group's coordinator. */
export class TakeOver {
  #asked: { readonly partitions: AssignedPartition[]; readonly answer: Promise<Checkpoints> } | null = null;

  /**
   * @param options.before is awaited before the coordinator is asked
   * @param options.after is called between the coordinator's answer and ours
   * @param options.stopping ends the waiting for other owners' transactions
   */
  constructor(
    private readonly transactions: Pick<WorkerTransactions, 'takeOver'>,
    private readonly options: {
      readonly before: () => Promise<void>;
      readonly after: () => void;
      readonly stopping: AbortSignal;
    },
  ) {}

  /** The committed checkpoint, once no earlier owner can change it. */
  async of(partition: AssignedPartition): Promise<TakenOver | null> {
    this.#asked ??= this.#ask();
    const { partitions, answer } = this.#asked;
    partitions.push(partition);
    return (await answer).get(partitionKey(partition)) ?? null;
  }

  #ask() {
    const partitions: AssignedPartition[] = [];
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      this.#asked = null;
      const { before, after, stopping } = this.options;
      await before();
      const checkpoints = await this.transactions.takeOver(partitions, stopping);
      after();
      return checkpoints;
    });
    return { partitions, answer };
  }
}
