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
 * new records for as long as the idle time-out before it is done. Within a round they run ahead of each other; on a
 * busy machine a partition could else stay the slowest for so long that it counts as idle, by right.
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
  const waiting = new Set(partitions);
  const topic = `${site.client.prefix}ingest.metrics`;
  let sent = 0;
  const lanes = await Promise.all(
    partitions.map(async (partition) => ({ partition, producer: await connectProducer(site, partition) })),
  );
  for (let round = rounds; round > 0; round--) {
    const [from, before] = [to - round * ROUND_MS, to - (round - 1) * ROUND_MS];
    await Promise.all(
      lanes.map(async ({ partition, producer }) => {
        for (let at = from; at < before; ) {
          const end = Math.min(before, Math.round(at + between(random, STEP_MS.from, STEP_MS.to)));
          const count = Math.ceil(((end - at) * PER_SECOND) / 1_000 / partitions.length);
          await send(producer, topic, senders.history(partition, count, at, end));
          sent += count;
          at = end;
          if (waiting.delete(partition) && waiting.size === 0) started();
        }
      }),
    );
  }
  await Promise.all(lanes.map(({ producer }) => producer.disconnect()));
  return sent;
}

async function send(producer: Producer, topic: string, messages: Message[]): Promise<void> {
  await until('the history to be taken in', async () => {
    await producer.send({ topic, messages, acks: -1 });
    return true;
  });
}
