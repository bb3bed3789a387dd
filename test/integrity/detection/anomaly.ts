import type { Anomaly } from '../../../schemas/types.js';
import { randomOf } from '../random.js';
import { partitionsOf } from '../read-topic.js';
import { changelogScenario } from './scenario.js';
import { WINDOW, windowMessages } from './windows.js';

/** `windows` to `anomalies`, with what is learnt of each series in a changelog. */
export const anomaly = changelogScenario<Anomaly>({
  worker: 'anomaly',
  inputs: ['windows'],
  output: 'anomalies',
  least: 20,
  env: () => ({ TACTUS_ANOMALY_WINDOW: WINDOW }),
  load: async ({ client, seed }) => {
    const partitions = (await partitionsOf(client, 'windows')).length;
    const make = await windowMessages(client, randomOf(seed), partitions);
    return (count) => ({ windows: make(count) });
  },
  reported: ({ detectedAt: _, ...anomaly }) => [
    `${anomaly.tenantId}|${anomaly.metric} ${JSON.stringify(anomaly.tags)}`,
    anomaly,
  ],
});
