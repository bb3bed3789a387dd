import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.js';
import { IDLE_TIMEOUT_MS, windowsFile } from './definitions.js';
import { Load } from './load.js';
import { PointMaker, pointMessages } from './points.js';
import { randomOf } from './random.js';
import { partitionsOf } from './read-topic.js';
import type { Scenario } from './scenario.js';
import type { Site } from './site.js';
import { verify } from './verify.js';

/** Time for the last windows to close, with the idle time-out and a group that still has to settle. */
const SETTLE_MS = 90_000;

/** `metrics` to `windows` and `late`. */
export const windowing: Scenario = {
  name: 'windowing',
  worker: 'windowing',
  servers: ['kafka', 'registry'],
  input: 'metrics',
  outputs: ['windows', 'state.windowing'],
  prepare: async (site) => {
    const { client, stack } = site;
    const file = join(site.folder, 'windows.yaml');
    writeFileSync(file, windowsFile());
    const random = randomOf(site.seed);
    let maker: PointMaker;
    return {
      env: { WINDOWS_FILE: file, TACTUS_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS) },
      start: async () => {
        const partitions = await partitionsOf(client, 'metrics');
        maker = new PointMaker(random, partitions.length, Date.now());
        const messages = await pointMessages(client, maker, random);
        return await Load.start(site, (count, now) => ({ metrics: messages(count, now) }));
      },
      settle: () => allClosed(site),
      verify: async (faultsEnd) => {
        const { findings, lines } = await verify(client, stack.env, faultsEnd);
        const made = `${maker.deliberatelyLate} points meant to be late, ${maker.silences} silences of partitions`;
        return { findings, lines: [made, ...lines] };
      },
    };
  },
};

/**
 * Waits until every window is closed: the group's offset is the oldest record that an open window
 * needs, so it is at the end of the log then.
 */
export async function allClosed({ client }: Pick<Site, 'client'>): Promise<void> {
  const admin = client.kafka.admin();
  await admin.connect();
  const topic = `${client.prefix}metrics`;
  try {
    await until(
      'all windows to be closed',
      async () => {
        const ends = await admin.fetchTopicOffsets(topic);
        const [group] = await admin.fetchOffsets({ groupId: `${client.prefix}windowing`, topics: [topic] });
        const committed = new Map(
          group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
        );
        return ends.every(
          ({ partition, high }) => Math.max(0, committed.get(partition) ?? 0) >= Number(high),
        );
      },
      SETTLE_MS,
    );
  } finally {
    await admin.disconnect();
  }
}
