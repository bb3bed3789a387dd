import type { Message, Producer } from 'kafkajs';
import { until } from '../../support/until.js';
import { connectProducer } from '../load.js';
import { between, type Random } from '../random.js';
import type { Site } from '../site.js';
import type { Senders } from './senders.js';

/** Event time of one round, and its points in all partitions per second of that time. */
const ROUND_MS = 60_000;
const PER_SECOND = 200;
const STEP_MS = { from: 200, to: 5_000 };

/**
 * A backlog of history, sent as quickly as it goes, each partition at its own pace; none is ever without
 * new records for as long as the idle time-out before it is done.
 *
 * @param started called when every partition has records: whoever reads them may start
 * @returns how many points were sent
 */
export async function sendHistory(
  site: Pick<Site, 'stack' | 'client'>,
  senders: Senders,
  random: Random,
  { rounds, partitions, started }: { rounds: number; partitions: readonly number[]; started: () => void },
): Promise<number> {
  const to = Date.now();
  const from = to - rounds * ROUND_MS;
  const waiting = new Set(partitions);
  const topic = `${site.client.prefix}ingest.metrics`;
  let sent = 0;
  const one = async (partition: number) => {
    const producer = await connectProducer(site, partition);
    for (let at = from; at < to; ) {
      const end = Math.min(to, Math.round(at + between(random, STEP_MS.from, STEP_MS.to)));
      const count = Math.ceil(((end - at) * PER_SECOND) / 1_000 / partitions.length);
      await send(producer, topic, senders.history(partition, count, at, end));
      sent += count;
      at = end;
      if (waiting.delete(partition) && waiting.size === 0) started();
    }
    await producer.disconnect();
  };
  await Promise.all(partitions.map(one));
  return sent;
}

async function send(producer: Producer, topic: string, messages: Message[]): Promise<void> {
  await until('the history to be taken in', async () => {
    await producer.send({ topic, messages, acks: -1 });
    return true;
  });
}
