import { until } from '../../support/until.js';
import type { WorkerProcess } from '../../support/worker-process.js';
import type { Findings } from '../findings.js';
import type { Random } from '../random.js';
import type { WorkerPool } from '../worker-pool.js';
import { lagsOf } from './ownership.js';
import { restoresIn } from './restores.js';

/** For a group to settle and its new owners to restore. */
const SETTLE_MS = 60_000;
/** Looks at 50 ms with the same owners. */
const QUIET_LOOKS = 30;
/** A worker that joins may be known to the group a moment later than to us. */
const MOST_WORKERS = 4;

/** A group whose members change: the worker's name is its group, and it reads one topic that has state. */
interface Group {
  readonly pool: WorkerPool;
  readonly topic: string;
  readonly partitions: () => number;
}

/** What a worker held, by worker. */
type Ownership = ReadonlyMap<WorkerProcess, ReadonlySet<number>>;

/** Members that come and go, and what was restored for it. */
export class Rebalances {
  moved = 0;
  stayed = 0;
  restored = 0;
  restoredThoughStayed = 0;
  #done = 0;

  constructor(
    private readonly groups: readonly Group[],
    private readonly prefix: string,
    private readonly findings: Findings,
    private readonly random: Random,
  ) {}

  /** One worker more or less of one kind; resolves when the group has come to rest. */
  async round(): Promise<string> {
    const group = this.groups[this.#done++ % this.groups.length] as Group;
    const { pool } = group;
    const before = await this.#rest(group);
    const seen = new Map(
      [...before.keys()].map((worker) => [worker, this.#restores(worker, group.topic).length]),
    );
    const more = before.size <= 1 || (before.size < MOST_WORKERS && this.random() < 0.5);
    const leaves = more ? null : pool.take(this.random);
    if (leaves === null) await pool.start().ready();
    else await pool.dismiss(leaves);
    const after = await this.#rest(group);
    let [moved, stayed, restored, needless] = [0, 0, 0, 0];
    for (const [worker, partitions] of after) {
      const had = before.get(worker) ?? new Set();
      const restores = this.#restores(worker, group.topic).slice(seen.get(worker) ?? 0);
      restored += restores.length;
      for (const partition of partitions) had.has(partition) ? stayed++ : moved++;
      for (const partition of restores)
        if (partitions.has(partition) && had.has(partition)) {
          needless += 1;
          this.findings.add(
            'partitions restored though they stayed',
            `${group.topic}[${partition}] in rebalance ${this.#done} of ${pool.worker}`,
          );
        }
    }
    this.moved += moved;
    this.stayed += stayed;
    this.restored += restored;
    this.restoredThoughStayed += needless;
    return `${pool.worker}: ${before.size} to ${after.size} workers; ${moved} partitions moved, ${stayed} stayed; ${restored} restores, ${needless} of them needless`;
  }

  /** For the table of results. */
  line(): string {
    if (this.moved > 0 && this.restored === 0)
      this.findings.add('restores unknown', 'partitions moved, and no log has a line with event "restored"');
    return `restores: ${this.moved} partitions moved, ${this.stayed} stayed; ${this.restored} restores, ${this.restoredThoughStayed} of partitions that stayed`;
  }

  #restores(worker: WorkerProcess, topic: string): number[] {
    return restoresIn(worker.output, this.prefix + topic);
  }

  /** Who holds what, once every partition has one owner for a while. */
  async #rest({ pool, topic, partitions }: Group): Promise<Ownership> {
    let [last, quiet] = ['', 0];
    return await until(
      `the group ${pool.worker} to come to rest`,
      async () => {
        const workers = pool.running;
        const held = await Promise.all(
          workers.map(async (worker) => new Set((await lagsOf(worker, pool.worker, topic)).keys())),
        );
        const all = held.flatMap((each) => [...each]);
        const now = held.map((each) => [...each].join()).join(';');
        const whole = all.length === partitions() && new Set(all).size === all.length;
        quiet = whole && now === last ? quiet + 1 : 0;
        last = now;
        return quiet < QUIET_LOOKS
          ? null
          : new Map(workers.map((worker, i) => [worker, held[i] as Set<number>]));
      },
      SETTLE_MS,
    );
  }
}
