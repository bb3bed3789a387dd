import { Kafka } from 'kafkajs';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createKafka } from '../../../../../shared/adapters/kafka/client.js';
import { joinGroup } from '../../../../../shared/adapters/kafka/consume/group-member.js';
import { type InternalCluster, openCluster } from '../../../../../shared/adapters/kafka/internals.js';
import { Brokers } from '../../../../../shared/adapters/kafka/produce/brokers.js';
import { workerTransactions } from '../../../../../shared/adapters/kafka/produce/worker-transactions.js';
import type { PartsRequest } from '../../../../../shared/adapters/kafka/protocol/requests.js';
import type { TransactionVersion } from '../../../../../shared/adapters/kafka/protocol/transaction-requests.js';
import { loadConfig } from '../../../../../shared/config/load.js';
import { systemClock } from '../../../../../shared/core/clock.js';
import { OutputBatch } from '../../../../../shared/core/output-batch.js';
import type {
  AssignedPartition,
  Assignment,
  CommitResult,
  GroupMember,
  Membership,
  PartitionContent,
  WorkerTransactions,
} from '../../../../../shared/ports/log.js';
import type { WorkerContext } from '../../../../../shared/process/context.js';
import { Health } from '../../../../../shared/process/health.js';
import { readChangelog } from '../../../../../shared/runners/read-changelog.js';
import { ownPrefix } from '../../../../support/own-prefix.js';
import { createTopic, limitTopic } from '../../../../support/topics.js';
import { until } from '../../../../support/until.js';
import { type KafkaServers, type Reading, startReading } from '../reading.js';

/** Is accepted while the group has no members: like offsets that a tool commits. */
export const NO_MEMBER: Membership = { memberId: '', generationId: -1 };

/** How long a commit is tried. */
const COMMIT_MS = 1_500;
const PARTITIONS = 2;

/** What {@link Brokers} sends, answered by a test instead of a broker, or after it. */
export type Send = <T>(request: PartsRequest<T>, send: () => Promise<T>) => Promise<T>;

export interface TransactionsFixtureOptions {
  readonly servers: KafkaServers;
  /** Of each topic; 2 by default. */
  readonly partitions?: number;
  /** How long a commit is tried; 1.5 s by default. */
  readonly commitMs?: number;
}

/** One member of the group, as it sees its life. */
export interface Member {
  readonly assignments: readonly Assignment[];
  /** Whether it rejoins, or was assigned its partitions, in order. */
  readonly events: readonly string[];
  /** Why it had to join again. */
  readonly warnings: readonly string[];
  readonly member: GroupMember;
}

/** Topics of one group, and worker transactions that write to them. */
export class TransactionsFixture {
  readonly prefix = ownPrefix('transactions');
  readonly groupId = `${this.prefix}group`;
  readonly input = `${this.prefix}windows`;
  readonly output = `${this.prefix}alerts`;
  readonly kafka: Kafka;
  readonly #opened: WorkerTransactions[] = [];

  private constructor(
    readonly reading: Reading,
    private readonly options: TransactionsFixtureOptions,
  ) {
    const config = loadConfig({ ...options.servers });
    this.kafka = createKafka({ config, log: pino({ level: 'silent' }) });
  }

  static async start(options: TransactionsFixtureOptions): Promise<TransactionsFixture> {
    const fixture = new TransactionsFixture(await startReading(options.servers), options);
    const { partitions = PARTITIONS } = options;
    const { admin } = fixture.reading;
    for (const name of ['windows', 'alerts', 'state.alerting'])
      await createTopic(admin, { topic: fixture.prefix + name, numPartitions: partitions });
    // A broker that has just started has no coordinators yet, or they are still loading.
    await until('the coordinator of the group', () =>
      admin.fetchOffsets({ groupId: fixture.groupId, topics: [fixture.input] }),
    );
    await until('the coordinator of transactions', () => fixture.open('first'));
    return fixture;
  }

  /** Of a worker with the default configuration on these servers. */
  context(): WorkerContext {
    return {
      ...{ name: 'test', config: loadConfig({ ...this.options.servers }), log: pino({ level: 'silent' }) },
      ...{ clock: systemClock, metrics: new Registry(), health: new Health(), fail: () => {} },
      stopping: new AbortController().signal,
    };
  }

  /** As a process with this instance id has it. */
  transactions(instanceId: string, version?: TransactionVersion): WorkerTransactions {
    const env = { ...this.options.servers, TOPIC_PREFIX: this.prefix, TACTUS_INSTANCE_ID: instanceId };
    const context = { config: loadConfig(env), log: pino({ level: 'silent' }) };
    const { kafka, groupId } = this;
    const { commitMs = COMMIT_MS } = this.options;
    const made = workerTransactions(context, {
      ...{ kafka, groupId, commitMs },
      ...(version && { version }),
    });
    this.#opened.push(made);
    return made;
  }

  async open(instanceId: string, version?: TransactionVersion): Promise<WorkerTransactions> {
    const made = this.transactions(instanceId, version);
    await made.open();
    return made;
  }

  /** One alert and one change of state of an input partition. */
  content(partition: number, what: string, offset: number, metadata = ''): PartitionContent {
    const alerts = new OutputBatch();
    alerts.add({ topic: 'alerts', key: what, value: Buffer.from(what) });
    const changes = [{ key: what, value: Buffer.from(what) }];
    const checkpoint = { offset, metadata };
    const topic = this.input;
    return { topic, partition, outputs: [alerts], changes, changelog: 'state.alerting', checkpoint };
  }

  commit(
    transactions: WorkerTransactions,
    contents: readonly PartitionContent[],
    membership = NO_MEMBER,
  ): Promise<CommitResult> {
    return transactions.commit({ contents, membership, notes: new Map() });
  }

  /** One more member of the group, with transactions of this id; the caller has it leave. */
  async join(transactionalId?: string): Promise<Member> {
    const [assignments, events, warnings]: [Assignment[], string[], string[]] = [[], [], []];
    const member = await joinGroup(
      this.kafka,
      { ...this.context(), log: pino({ level: 'warn' }, { write: (line) => warnings.push(line) }) },
      {
        ...{ groupId: this.groupId, topics: [this.input] },
        rejoining: async () => void events.push('rejoining'),
        assigned: (assignment) => {
          events.push('assigned');
          assignments.push(assignment);
        },
        ...(transactionalId !== undefined && { transactionalId: () => transactionalId }),
      },
    );
    return { assignments, events, warnings, member };
  }

  partitions(...numbers: number[]): AssignedPartition[] {
    return numbers.map((partition) => ({ topic: this.input, partition }));
  }

  takeOver(transactions: WorkerTransactions, ...numbers: number[]) {
    return transactions.takeOver(this.partitions(...numbers), new AbortController().signal);
  }

  /** Keys that are read under read_committed, as often as they are there. */
  async keys(name: string): Promise<string[]> {
    const found: string[] = [];
    const signal = new AbortController().signal;
    const { partitions = PARTITIONS } = this.options;
    for (let partition = 0; partition < partitions; partition++) {
      const topic = this.prefix + name;
      const options = { ...this.reading, topic, partition, signal, onRemaining: () => {} };
      await readChangelog(options, ({ key }) => void found.push(key));
    }
    return found.sort();
  }

  /** The largest record set that a topic takes. */
  async limit(name: string, bytes: number): Promise<void> {
    await limitTopic(this.reading.admin, this.prefix + name, bytes);
  }

  /** As any client reads it, with what the adapter adds to the metadata. */
  async committed(partition: number): Promise<{ offset: number; metadata: string }> {
    const { groupId, input } = this;
    const [found] = await this.reading.admin.fetchOffsets({ groupId, topics: [input] });
    const { offset = '-1', metadata } = found?.partitions.find((each) => each.partition === partition) ?? {};
    return { offset: Number(offset), metadata: metadata ?? '' };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#opened.map((each) => each.close()));
    await this.reading.close();
  }
}

/** Lets a test answer requests of all worker transactions of the process; ends with the function that it returns. */
export function intercept(answer: Send): () => void {
  const original = Brokers.prototype.send;
  Brokers.prototype.send = function (broker, request, silentMs) {
    return answer(request, () => original.call(this, broker, request, silentMs) as never);
  };
  return () => {
    Brokers.prototype.send = original;
  };
}

/** Lets metadata of all clusters of the process name no leader of a partition; ends with the function that it returns. */
export function withoutLeader({ topic, partition }: AssignedPartition): () => void {
  const prototype = Object.getPrototypeOf(
    openCluster(new Kafka({ brokers: ['localhost:1'] })),
  ) as InternalCluster;
  const original = prototype.findTopicPartitionMetadata;
  prototype.findTopicPartitionMetadata = function (name) {
    const found = original.call(this, name);
    if (name !== topic) return found;
    return found.map((each) => (each.partitionId === partition ? { ...each, leader: -1 } : each));
  };
  return () => {
    prototype.findTopicPartitionMetadata = original;
  };
}
