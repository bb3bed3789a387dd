import { mock } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { start as alerting } from '../../services/alerting/main.js';
import { start as anomaly } from '../../services/anomaly/main.js';
import { start as ingest } from '../../services/ingest/main.js';
import { startSinks } from '../../services/sink/main.js';
import { start as windowing } from '../../services/windowing/main.js';
import { loadConfig } from '../../shared/config/load.js';
import { systemClock } from '../../shared/core/clock.js';
import { replayLetters } from '../../shared/dead-letters/replay.js';
import { Health } from '../../shared/process/health.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import { fakeKafka, type Heard } from './fake-kafka.js';
import { fakeRegistry } from './fake-registry.js';

const WORKERS: Readonly<Record<string, StartWorker>> = {
  ingest,
  windowing,
  anomaly,
  alerting,
  sink: startSinks('timescale,redis,webhook,parquet'),
};

const PREFIX = 'p.';
const SETTINGS = {
  TOPIC_PREFIX: PREFIX,
  // Nothing is ever sent there: all topics are empty.
  DATABASE_URL: 'postgres://localhost:1/none',
  REDIS_URL: 'redis://localhost:1',
  TACTUS_ALERT_WEBHOOK_URL: 'https://example.com/',
  TACTUS_SINK_WEBHOOK_URL: 'https://example.com/',
  TACTUS_ARCHIVE_URL: 'file:///nowhere',
  TACTUS_WARM_UP_MS: '0',
  TACTUS_INSTANCE_ID: 'here',
};

/** Consumer groups, transactional ids and the topics read without a group, of each worker and command. */
export async function workerNames(): Promise<Record<string, Heard>> {
  const registry = await fakeRegistry();
  const settings = { ...SETTINGS, SCHEMA_REGISTRY_URL: registry.url };
  const found: Record<string, Heard> = {};
  for (const [name, start] of Object.entries(WORKERS))
    found[name] = await heardOf(async () => {
      const stop = new AbortController();
      const context = {
        ...{ name, config: loadConfig(settings), log: pino({ level: 'silent' }), clock: systemClock },
        ...{ metrics: new Registry(), health: new Health(), stopping: stop.signal },
        fail: (error: unknown) => {
          throw error;
        },
      };
      const drain = await start(context);
      return async () => {
        stop.abort();
        await drain();
      };
    });
  found['dlq replay'] = await heardOf(async () => {
    const context = {
      ...{ config: loadConfig(settings), log: pino({ level: 'silent' }), health: new Health() },
      stopping: new AbortController().signal,
    };
    await replayLetters(context, { dryRun: false, force: false, maxAttempts: 1, rate: 1_000, limit: 10 });
    return async () => {};
  });
  registry.close();
  return found;
}

/** Long enough for a partition to be opened, which asks twice, 300 ms apart, where to begin. */
const OPENED_MS = 5_000;
const LOOK_MS = 20;

async function heardOf(start: () => Promise<() => Promise<void>>): Promise<Heard> {
  const heard = fakeKafka(PREFIX);
  const stop = await start();
  const wanted = Object.values(heard.groups).flat();
  const missing = () => wanted.some((topic) => !heard.read.includes(topic));
  const quiet = async () => {
    const before = heard.read.length;
    await new Promise((resolve) => setTimeout(resolve, 10 * LOOK_MS));
    return before === heard.read.length;
  };
  for (const end = performance.now() + OPENED_MS; performance.now() < end; )
    if (!missing() && (await quiet())) break;
    else await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  await stop();
  mock.restoreAll();
  const unique = (names: readonly string[]) => [...new Set(names)].sort();
  return {
    groups: Object.fromEntries(
      Object.entries(heard.groups)
        .map(([group, topics]) => [group, unique(topics)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    transactionalIds: unique(heard.transactionalIds),
    read: unique(heard.read),
  };
}
