import { Partitioners } from 'kafkajs';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { readBytes } from '../read-topic.js';
import { readToTheEnd } from '../settle.js';
import type { Site } from '../site.js';

const PIECE = 2_000;

/**
 * What one worker makes of the same inputs when nobody disturbs it: copies them, partition by
 * partition, under another prefix, and runs the worker there to their end.
 *
 * @returns a client for the topics under that prefix
 */
export async function undisturbed(
  site: Site,
  run: { worker: string; group: string; topics: readonly string[]; env: Readonly<Record<string, string>> },
): Promise<PlainClient> {
  const client = new PlainClient(site.stack.env, ownPrefix('undisturbed'));
  const pool = site.pool(run.worker, client.prefix, run.env);
  await pool.start().ready();
  for (const topic of run.topics) await copy(site, topic, client);
  await readToTheEnd(pool, client, run.group, run.topics);
  await pool.stopAll();
  if (pool.surprises.length > 0) throw new Error(`undisturbed: ${pool.surprises.join('; ')}`);
  return client;
}

async function copy({ client, stack }: Site, topic: string, to: PlainClient): Promise<void> {
  const producer = to.kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    // One after the other, so that a repeated request changes no order.
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  let messages: { key: string; value: Buffer; partition: number }[] = [];
  const flush = async () => {
    await producer.send({ topic: to.prefix + topic, messages });
    messages = [];
  };
  for await (const { partition, key, value } of readBytes(client, stack.env, topic)) {
    messages.push({ partition, key, value });
    if (messages.length === PIECE) await flush();
  }
  await flush();
  await producer.disconnect();
}
