import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ITopicConfig } from 'kafkajs';
import { createTopic } from '../../support/topics.js';
import { until } from '../../support/until.js';
import type { WorkerProcess } from '../../support/worker-process.js';
import { IDLE_TIMEOUT_MS, windowsFile } from '../definitions.js';
import type { Findings } from '../findings.js';
import type { Random } from '../random.js';
import type { Site } from '../site.js';
import type { WorkerPool } from '../worker-pool.js';
import type { Book } from './book.js';
import { lagsOfAll } from './ownership.js';
import type { Progress } from './progress.js';
import type { Senders } from './senders.js';

/** Partitions of `metrics` and what comes after it, state topics included. */
export const OUTPUT_PARTITIONS = 16;
/** More than the input ever has here. */
const MOST_INPUT_PARTITIONS = 64;
const CATCH_UP_MS = 120_000;
/** What the load sends in so long is no backlog. */
const CAUGHT_UP_MS = 500;
/** From when ingest has caught up until the windows have. */
export const PROGRESS_MS = 30_000;

/** All that faults have to do with. */
export interface Scene {
  readonly site: Site;
  readonly ingest: WorkerPool;
  readonly windowing: WorkerPool;
  readonly senders: Senders;
  readonly book: Book;
  readonly findings: Findings;
  readonly random: Random;
  readonly progress: Progress;
  /** Input partitions at the moment. */
  partitions: number;
  readonly holdMs: number;
  readonly outageMs: number;
  /** The longest that windows took to catch up behind ingest. */
  slowestMs: number;
}

/** Environment of both workers. */
export function workerEnv(site: Site, holdMs: number): Record<string, string> {
  const file = join(site.folder, 'windows.yaml');
  writeFileSync(file, windowsFile());
  return {
    WINDOWS_FILE: file,
    TACTUS_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
    TACTUS_PARTITIONS: String(OUTPUT_PARTITIONS),
    TACTUS_WATERMARK_HOLD_MS: String(holdMs),
  };
}

/** The input's topics, with partitions of their own; `topics apply` leaves topics alone that exist. */
export async function createInput({ client }: Site, partitions: number): Promise<void> {
  const admin = client.kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
  const compact = [...configEntries, { name: 'cleanup.policy', value: 'compact' }];
  const topics: ITopicConfig[] = [
    { topic: 'ingest.metrics', numPartitions: partitions, configEntries },
    { topic: 'ingest.events', numPartitions: 1, configEntries },
    { topic: 'state.ingest', numPartitions: MOST_INPUT_PARTITIONS, configEntries: compact },
  ];
  for (const topic of topics) await createTopic(admin, { ...topic, topic: client.prefix + topic.topic });
  await admin.disconnect();
}

/**
 * Waits until ingest has read all partitions to their end, but for what came in just now.
 *
 * @param apart workers beside those of the pool
 * @returns when that was seen
 */
export async function ingestCaughtUp(
  { ingest, partitions, site }: Pick<Scene, 'ingest' | 'partitions' | 'site'>,
  apart: readonly WorkerProcess[] = [],
): Promise<number> {
  const most = (site.rate * CAUGHT_UP_MS) / 1_000;
  await until(
    'ingest to have caught up',
    async () => {
      const lags = await lagsOfAll([...ingest.running, ...apart], 'ingest', 'ingest.metrics');
      const left = lags.reduce((sum, [, lag]) => sum + lag, 0);
      if (lags.length !== partitions || left > most)
        throw new Error(`${left} records left in ${lags.length} of ${partitions} partitions`);
      return true;
    },
    CATCH_UP_MS,
  );
  return Date.now();
}

/**
 * Ingest has caught up at `caughtUpAt`: all windows that ended by then are closed soon, within `most`.
 *
 * @returns in words, how long that took
 */
export async function windowsCaughtUp(scene: Scene, caughtUpAt: number, most = PROGRESS_MS): Promise<string> {
  try {
    const ms = await scene.progress.passes(caughtUpAt, most);
    scene.slowestMs = Math.max(scene.slowestMs, ms);
    return `windows caught up in ${(ms / 1_000).toFixed(1)} s`;
  } catch (error) {
    scene.findings.add('windows held up', String(error));
    return 'windows did NOT catch up';
  }
}
