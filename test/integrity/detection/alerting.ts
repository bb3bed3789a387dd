import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from 'kafkajs';
import type { Alert, Anomaly } from '../../../schemas/types.js';
import { loadSchemas, recordSchema } from '../../../shared/catalog/schemas.js';
import { pick, type Random, randomOf } from '../random.js';
import { partitionsOf } from '../read-topic.js';
import { changelogScenario } from './scenario.js';
import { WINDOW, windowMessages } from './windows.js';

/** None of the alerts ends because of the wall clock, which is not the same for two runs. */
const RULES = `
rules:
  - { name: Hot, window: ${WINDOW}, metric: cpu, expr: mean > 80.0, for: 30s, staleAfter: 7d }
  - { name: Loaded, window: ${WINDOW}, metric: load, expr: max > 60.0, staleAfter: 7d }
  - { name: Odd, on: anomaly, expr: 'anomaly.severity == "critical"', staleAfter: 7d }
`;
/** Anomalies per window. */
const ANOMALIES = 0.02;

/** `windows` and `anomalies` to `alerts`, with the live alerts in a changelog. */
export const alerting = changelogScenario<Alert>({
  worker: 'alerting',
  inputs: ['windows', 'anomalies'],
  output: 'alerts',
  least: 100,
  env: ({ folder }) => {
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, RULES);
    return { RULES_FILE: file };
  },
  load: async ({ client, seed }) => {
    const random = randomOf(seed);
    const partitions = (await partitionsOf(client, 'windows')).length;
    const makeWindows = await windowMessages(client, random, partitions);
    const encode = await client.encoder('anomalies', recordSchema(loadSchemas(), 'Anomaly').schema);
    let made = 0;
    return (count, now) => ({
      windows: makeWindows(count),
      anomalies: Array.from({ length: Math.round(count * ANOMALIES) }, () =>
        anomalyMessage(made++, now, random, partitions, encode),
      ),
    });
  },
  reported: ({ fingerprint, updatedAt: _, ...alert }) => [fingerprint, alert],
});

/** Each of a series of its own: an alert of an anomaly ends by the wall clock only. */
function anomalyMessage(
  number: number,
  now: number,
  random: Random,
  partitions: number,
  encode: (value: object) => Buffer,
): Message {
  const anomaly: Anomaly = {
    id: `anomaly-${number}`,
    tenantId: 'acme',
    metric: 'queue',
    tags: { host: `x${number}` },
    detector: 'some-detector',
    window: WINDOW,
    start: now - 20_000,
    end: now - 10_000,
    value: 40,
    expected: 12,
    lower: 10,
    upper: 14,
    score: 0.99,
    severity: pick(random, ['warning', 'critical']),
    explanation: '3.3x the expected 12',
    detectedAt: now,
  };
  return { key: 'acme|queue', value: encode(anomaly), partition: number % partitions };
}
