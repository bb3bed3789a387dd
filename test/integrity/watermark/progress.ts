import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import type { Consumer } from 'kafkajs';
import type { StackEnv } from '../../../services/up/embedded/stack.js';
import { ownPrefix } from '../../support/own-prefix.js';
import type { PlainClient } from '../../support/plain-client.js';
import { until } from '../../support/until.js';

/** Short windows, so that each partition has some at any time. */
const FOLLOWED = 'half';

/** Follows how far each partition of `windows` has come, as a reader of it. */
export class Progress {
  readonly #newest = new Map<number, number>();

  private constructor(
    private readonly client: PlainClient,
    private readonly consumer: Consumer,
  ) {}

  /** Once there is the topic. */
  static async follow(client: PlainClient, env: StackEnv): Promise<Progress> {
    const registry = new SchemaRegistry({ host: env.SCHEMA_REGISTRY_URL });
    const consumer = client.kafka.consumer({
      groupId: ownPrefix('progress'),
      maxWaitTimeInMs: 200,
      // Brokers are killed meanwhile.
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 100 },
    });
    const progress = new Progress(client, consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [`${client.prefix}windows`], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const { window, end } = (await registry.decode(message.value as Buffer)) as {
          window: string;
          end: number;
        };
        if (window === FOLLOWED)
          progress.#newest.set(partition, Math.max(end, progress.#newest.get(partition) ?? 0));
      },
    });
    return progress;
  }

  /**
   * Waits until every partition that has points has closed a window that ends at `time` or later.
   *
   * @returns how long that took, in milliseconds
   * @throws Error after `ms`, which names the partitions that have not
   */
  async passes(time: number, ms: number): Promise<number> {
    const began = performance.now();
    const admin = this.client.kafka.admin();
    await admin.connect();
    try {
      await until(
        `windows to be closed up to ${new Date(time).toISOString()}`,
        async () => {
          const ends = await admin.fetchTopicOffsets(`${this.client.prefix}metrics`);
          const used = ends.filter(({ high }) => Number(high) > 0).map(({ partition }) => partition);
          if (used.length === 0) throw new Error('no partition has points yet');
          const behind = used.filter((partition) => (this.#newest.get(partition) ?? 0) < time);
          if (behind.length > 0) throw new Error(`not in the partitions ${behind.join(', ')}`);
          return true;
        },
        ms,
      );
    } finally {
      await admin.disconnect();
    }
    return performance.now() - began;
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect();
  }
}
