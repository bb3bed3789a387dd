import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { splitMark } from '../../shared/adapters/kafka/produce/commit-mark.js';
import type { Cluster, PartitionState } from '../support/cluster/cluster.js';
import type { Partition } from '../support/cluster/requests.js';
import { until } from '../support/until.js';
import { BROKER_KINDS, BROKER_OVERLAPPING, type BrokerKind, type Fault } from './faults.js';
import type { Load } from './load.js';
import { between, pick, type Random, shuffled } from './random.js';

/** Between two looks, of which the second shows what has moved on. */
const LOOK_MS = 500;
const MOST_AWAY_MS = 3_000;
/** For a broker to hand over what it leads, on a machine with much else to do. */
const ORDERLY_STOP_MS = 30_000;
const FAILING_MS = 60_000;
/** For partitions to go on beside one without a leader: windows close, and a group may be settling. */
const GOES_ON_MS = 60_000;

const run = promisify(execFile);
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const nameOf = ({ topic, partition }: Partition) => `${topic}[${partition}]`;

/** What the load of a test goes through; topics are physical. */
export interface Path {
  readonly group: string;
  readonly input: string;
  readonly outputs: readonly string[];
  /** False where offsets are committed without transactions. */
  readonly transactional: boolean;
}

/** Inflicts what can befall one of three brokers; afterwards the cluster is whole again. */
export class BrokerFaults {
  /** Rounds that could not be inflicted, and what did not go on beside them. */
  readonly problems: string[] = [];
  readonly #counts = new Map<string, number>();

  constructor(
    private readonly cluster: Cluster,
    private readonly path: Path,
    private readonly load: Pick<Load, 'holdBack'>,
    private readonly random: Random,
  ) {}

  faults(rounds: Readonly<Partial<Record<BrokerKind, number>>>): Map<BrokerKind, Fault> {
    const kinds: Readonly<Record<BrokerKind, () => Promise<string>>> = {
      leader: () => this.#killLeader(),
      coordinator: () => this.#killCoordinator(),
      election: () => this.#elect(),
      follower: () => this.#lag(),
      leaderless: () => this.#leaderless(),
      rolling: () => this.#rolling(),
      disk: () => this.#failDisk(),
    };
    const fault = (kind: BrokerKind): Fault => ({
      rounds: rounds[kind] ?? 0,
      overlapping: BROKER_OVERLAPPING,
      run: async () => {
        let what: string;
        try {
          what = await kinds[kind]();
        } catch (error) {
          what = this.#failed(kind, error);
        }
        await this.#restore().catch((error) => this.#failed(`after ${kind}`, error));
        return what;
      },
    });
    return new Map(BROKER_KINDS.map((kind) => [kind, fault(kind)]));
  }

  /** What the brokers' metadata showed just before each fault. */
  line(): string {
    const counts = [...this.#counts].map(([what, count]) => `${count} ${what}`);
    return `by the metadata just before: ${counts.length === 0 ? 'nothing' : counts.join(', ')}`;
  }

  #failed(kind: string, error: unknown): string {
    this.problems.push(`${kind}: ${String(error)}`);
    return `failed: ${String(error)}`;
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  async #killLeader(): Promise<string> {
    const led = await this.#loaded([this.path.input, ...this.path.outputs]);
    await this.cluster.broker(led.leader).kill('SIGKILL');
    this.#count('leaders of a loaded partition killed');
    return `broker ${led.leader}, leader of ${nameOf(led)}, killed; ${await this.#comeBack(led)}`;
  }

  async #killCoordinator(): Promise<string> {
    const ofGroup = !this.path.transactional || this.random() < 0.5;
    const [of, id] = ofGroup
      ? (['group', this.path.group] as const)
      : (['transaction', await this.#transactionalId()] as const);
    const broker = await this.cluster.coordinator(of, id);
    await this.cluster.broker(broker).kill('SIGKILL');
    this.#count(`coordinators of a ${of} in use killed`);
    const led = (await this.cluster.partitions([this.path.input], broker)).find(
      ({ leader }) => leader === broker,
    );
    return `broker ${broker}, coordinator of the ${of} ${id}, killed; ${await this.#comeBack(led)}`;
  }

  /** Every partition has another preferred leader, and all preferred leaders are elected at once. */
  async #elect(): Promise<string> {
    const before = await this.cluster.partitions();
    const moves = before.map(({ topic, partition, leader, replicas }) => {
      const first = pick(
        this.random,
        replicas.filter((replica) => replica !== leader),
      );
      return { topic, partition, replicas: [first, ...replicas.filter((replica) => replica !== first)] };
    });
    await this.cluster.reassign(moves);
    // Refused for a moment (PREFERRED_LEADER_NOT_AVAILABLE) where a replica has just left those in sync.
    await until('the preferred leaders to be electable', async () => {
      await this.cluster.electPreferred(moves);
      return true;
    });
    const wanted = new Map(moves.map((move) => [nameOf(move), move.replicas[0]]));
    await until('the preferred leaders to lead', async () => {
      const now = await this.cluster.partitions();
      return now.every((each) => (wanted.get(nameOf(each)) ?? each.leader) === each.leader);
    });
    this.#count('elections under load');
    return `${moves.length} partitions have another leader`;
  }

  /** A broker stands still until its replicas are out of sync, and up to longer than its session lasts. */
  async #lag(): Promise<string> {
    const { leader } = await this.#loaded([this.path.input, ...this.path.outputs]);
    const follower = pick(
      this.random,
      this.cluster.ids.filter((id) => id !== leader),
    );
    const began = performance.now();
    await this.cluster.broker(follower).kill('SIGSTOP');
    try {
      const behind = await until('a follower to be out of sync', async () => {
        const states = await this.cluster.partitions(undefined, follower);
        const out = states.filter(({ isr, leader }) => !isr.includes(follower) && leader !== follower);
        return out.length > 0 && out.length;
      });
      await sleep(between(this.random, 0, 2 * MOST_AWAY_MS));
      this.#count('followers out of sync');
      const ms = Math.round(performance.now() - began);
      return `broker ${follower} stood still for ${ms} ms, out of sync for ${behind} partitions or more`;
    } finally {
      await this.cluster.broker(follower).kill('SIGCONT');
    }
  }

  /** The only replica of one input partition is away; all others go on. */
  async #leaderless(): Promise<string> {
    const { input, group } = this.path;
    const lost = await this.#loaded([input]);
    const { partition, leader } = lost;
    await this.cluster.reassign([{ topic: input, partition, replicas: [leader] }]);
    await until('the partition to have one replica', async () => {
      const [now] = (await this.cluster.partitions([input])).filter((each) => each.partition === partition);
      return now?.replicas.length === 1 && now.leader === leader;
    });
    const release = await this.load.holdBack(input, partition);
    try {
      // Killed, its replica would count as one that may lack records, and would not lead again by itself (KIP-966).
      await this.cluster.broker(leader).stop(ORDERLY_STOP_MS);
      const others = await until('all others to have a leader, and this one none', async () => {
        const states = await this.cluster.partitions(undefined, leader);
        const without = states.filter((each) => each.leader < 0).map(nameOf);
        return (
          without.join() === nameOf(lost) &&
          states.filter(({ topic }) => topic === input).map((each) => each.partition)
        );
      });
      this.#count('partitions without a leader');
      const began = performance.now();
      const rest = others.filter((each) => each !== partition);
      const [from, endsFrom] = [await this.#committed(group, rest), await this.cluster.ends(input, leader)];
      await until(
        'the other partitions to go on',
        async () => {
          const [to, endsTo] = [await this.#committed(group, rest), await this.cluster.ends(input, leader)];
          const grown = rest.filter((each) => (endsTo.get(each) ?? 0) > (endsFrom.get(each) ?? 0));
          const stuck = grown.filter((each) => (to.get(each) ?? 0) <= (from.get(each) ?? 0));
          if (grown.length === 0 || stuck.length > 0)
            throw new Error(`of ${grown.join(', ')} these have not: ${stuck.join(', ')}`);
          return true;
        },
        GOES_ON_MS,
      );
      const ms = Math.round(performance.now() - began);
      await sleep(between(this.random, 0, MOST_AWAY_MS));
      return `${nameOf(lost)} without a leader, the others went on within ${ms} ms`;
    } finally {
      await this.cluster.broker(leader).start();
      await this.#leads(lost);
      release();
      await this.cluster.reassign([{ topic: input, partition, replicas: lost.replicas }]);
    }
  }

  async #rolling(): Promise<string> {
    const ids = shuffled(this.random, this.cluster.ids);
    for (const id of ids) {
      await this.cluster.broker(id).stop(ORDERLY_STOP_MS);
      await this.cluster.broker(id).start();
      await this.cluster.whole();
    }
    this.#count('rolling restarts');
    return `brokers ${ids.join(', ')} restarted in turn`;
  }

  /** No file of the broker can grow any more: it ends by itself. */
  async #failDisk(): Promise<string> {
    const led = await this.#loaded([this.path.input, ...this.path.outputs]);
    const broker = this.cluster.broker(led.leader);
    const began = performance.now();
    await run('prlimit', ['--pid', String(broker.pid), '--fsize=1:unlimited']);
    await until('the broker to end', () => broker.pid === undefined, FAILING_MS);
    const ms = Math.round(performance.now() - began);
    this.#count('leaders of a loaded partition with a disk that failed');
    return `broker ${led.leader}, leader of ${nameOf(led)}, ended ${ms} ms after its disk had failed; ${await this.#comeBack(led)}`;
  }

  /** Starts a broker that was killed: before others lead in its place, or after. */
  async #comeBack(led: PartitionState | undefined): Promise<string> {
    if (led === undefined) return 'it led no partition of the input';
    const { topic, partition, leader } = led;
    const waits = this.random() < 0.6;
    const successor = waits
      ? await until('another leader', async () => {
          const states = await this.cluster.partitions([topic], leader);
          const now = states.find((each) => each.partition === partition)?.leader ?? -1;
          return now >= 0 && now !== leader && now;
        })
      : null;
    const ms = Math.round(between(this.random, 0, MOST_AWAY_MS));
    await sleep(ms);
    await this.cluster.broker(leader).start();
    return successor === null
      ? `started again after ${ms} ms`
      : `started again ${ms} ms after broker ${successor} led in its place`;
  }

  /** All brokers run, and all replicas are in sync: the next fault finds what it would find in practice. */
  async #restore(): Promise<void> {
    for (const id of this.cluster.ids) await this.cluster.broker(id).start();
    await this.cluster.whole();
  }

  async #leads({ topic, partition, leader }: PartitionState): Promise<void> {
    await until(`broker ${leader} to lead ${topic}[${partition}]`, async () => {
      const states = await this.cluster.partitions([topic]);
      return states.some((each) => each.partition === partition && each.leader === leader);
    });
  }

  /** A partition of these topics whose log grows. */
  async #loaded(topics: readonly string[]): Promise<PartitionState> {
    return await until('a partition under load', async () => {
      const topic = pick(this.random, topics);
      const before = await this.cluster.ends(topic);
      await sleep(LOOK_MS);
      const after = await this.cluster.ends(topic);
      const grown = [...after].filter(([partition, end]) => end > (before.get(partition) ?? end));
      if (grown.length === 0) return null;
      const [partition] = pick(this.random, grown);
      const states = await this.cluster.partitions([topic]);
      return states.find((each) => each.partition === partition && each.leader > 0);
    });
  }

  /** The transactional id that has committed an offset of the input just now. */
  async #transactionalId(): Promise<string> {
    const { group, input } = this.path;
    const partitions = (await this.cluster.partitions([input])).map(({ partition }) => partition);
    const marks = async () =>
      [...(await this.cluster.committed(group, input, partitions)).values()].map(
        ({ metadata }) => splitMark(metadata).mark,
      );
    return await until('a transaction that was committed just now', async () => {
      const before = await marks();
      await sleep(LOOK_MS);
      const used = (await marks()).filter((mark, i) => mark !== null && mark.commit !== before[i]?.commit);
      return used.length > 0 && pick(this.random, used)?.transactionalId;
    });
  }

  async #committed(group: string, partitions: readonly number[]): Promise<Map<number, number>> {
    const found = await this.cluster.committed(group, this.path.input, partitions);
    return new Map([...found].map(([partition, { offset }]) => [partition, offset]));
  }
}
