import type { Path } from '../broker-faults.js';
import { BROKER_KINDS, commonFaults, type Fault, inflict } from '../faults.js';
import { Findings } from '../findings.js';
import { Load } from '../load.js';
import { randomOf } from '../random.js';
import { brokerFaults, onSite, SESSION_TIMEOUT_MS, type SiteOptions } from '../run.js';
import { readToTheEnd } from '../settle.js';
import type { Site } from '../site.js';
import { summaryOf } from '../summary.js';
import { allClosed } from '../windowing.js';
import { Book } from './book.js';
import { timeFaults, type WatermarkKind, type WatermarkRounds } from './faults.js';
import { sendHistory } from './history.js';
import { Progress } from './progress.js';
import { Rebalances } from './rebalances.js';
import {
  createInput,
  ingestCaughtUp,
  OUTPUT_PARTITIONS,
  PROGRESS_MS,
  type Scene,
  windowsCaughtUp,
  workerEnv,
} from './scene.js';
import { Senders } from './senders.js';
import { verify } from './verify.js';

/** Name of this test among the integrity tests. */
export const WATERMARK = 'watermark';

export interface WatermarkOptions extends SiteOptions {
  readonly rounds: WatermarkRounds;
  /** How long all of ingest is away; three times the bound of a hold. */
  readonly outageMs: number;
  /** Only points that are in time, by clocks that are right: none may be late. */
  readonly inTime: boolean;
  /** With a sender with a slow clock, which takes half a minute to be known as such. */
  readonly slowClock: boolean;
}

/** Parts of the test that run one after the other, with servers of their own. */
const PARTS: readonly { readonly kinds: readonly WatermarkKind[]; readonly bounded: boolean }[] = [
  // Longer than any of these holds a partition.
  {
    kinds: ['backlog', 'kill', 'zombie', 'scale', 'broker', 'partition', ...BROKER_KINDS],
    bounded: false,
  },
  { kinds: ['outage', 'hold'], bounded: true },
  { kinds: ['rebalance'], bounded: false },
];
const LONG_HOLD_MS = 180_000;
const INGEST_WORKERS = 2;
const WINDOWING_WORKERS = 2;
/** That everybody sends to; the slow clock's is one more. */
const INPUT_PARTITIONS = 4;
/** A source that stays the slowest counts as idle after so long. */
const SLOW_KNOWN_MS = 30_000;
/** The last point may be ahead, and in a window that has just begun. */
const LAST_END_MS = 16_000;

/**
 * Ingest and windowing together: points that reach `ingest.metrics` in time are never late, whatever befalls the
 * workers, the broker and the input's partitions.
 *
 * @returns true when nothing deviates
 */
export async function runWatermark(options: WatermarkOptions): Promise<boolean> {
  let sound = true;
  for (const { kinds, bounded } of PARTS) {
    const own: WatermarkRounds = Object.fromEntries(kinds.map((kind) => [kind, options.rounds[kind] ?? 0]));
    if (!Object.values(own).some((count) => count > 0)) continue;
    const holdMs = bounded ? Math.round(options.outageMs / 3) : LONG_HOLD_MS;
    const part = { ...options, rounds: own, holdMs };
    sound = (await onSite(['kafka', 'registry'], options, (site) => runPart(part, site))) && sound;
  }
  return sound;
}

async function runPart(options: WatermarkOptions & { holdMs: number }, site: Site): Promise<boolean> {
  const { rounds, holdMs, outageMs, inTime, slowClock } = options;
  const { backlog = 0, rebalance = 0 } = rounds;
  const { client, stack, seed, say } = site;
  say(`${WATERMARK}: seed ${seed}, bound of a hold ${holdMs / 1_000} s`);
  const random = randomOf(seed);
  const shared = Array.from({ length: INPUT_PARTITIONS }, (_, partition) => partition);
  const slow = slowClock && !inTime ? INPUT_PARTITIONS : null;
  const book = new Book(new Set(slow === null ? [] : [slow]));
  const findings = new Findings();
  const partitions = INPUT_PARTITIONS + (slow === null ? 0 : 1);
  await createInput(site, partitions);
  const env = workerEnv(site, holdMs);
  const [ingest, windowing] = [
    site.pool('ingest', client.prefix, env),
    site.pool('windowing', client.prefix, env),
  ];
  await Promise.all(Array.from({ length: WINDOWING_WORKERS }, () => windowing.start().ready()));
  const senders = await Senders.create(client, random, { partitions: shared, slow, inTime });
  const progress = await Progress.follow(client, stack.env);
  const scene: Scene = {
    ...{ site, ingest, windowing, senders, book, findings, random, progress },
    ...{ partitions, holdMs, outageMs, slowestMs: 0 },
  };
  const startIngest = () => Promise.all(Array.from({ length: INGEST_WORKERS }, () => ingest.start().ready()));
  const done = new Map<string, number>();
  if (backlog > 0) {
    const history = { rounds: backlog, partitions: shared };
    const sent = await readingWhile(startIngest, (started) =>
      sendHistory(site, senders, random, { ...history, started }),
    );
    done.set('backlog', backlog);
    say(`backlog: ${sent} points of ${backlog} min sent`);
  } else await startIngest();
  const load = await Load.start(site, (count, now) => ({ 'ingest.metrics': senders.make(count, now) }));
  // Before the first fault all of it runs, and the slow clock is known as such.
  if (backlog > 0) {
    const caughtUp = await windowsCaughtUp(scene, await ingestCaughtUp(scene), SLOW_KNOWN_MS + PROGRESS_MS);
    say(`backlog: ${caughtUp}`);
  }
  await progress.passes(Date.now(), SLOW_KNOWN_MS + PROGRESS_MS);

  const faults: Map<string, Fault> = commonFaults(
    [ingest, windowing],
    stack.servers.kafka,
    rounds,
    SESSION_TIMEOUT_MS,
    random,
  );
  for (const [kind, fault] of timeFaults(scene, rounds)) faults.set(kind, fault);
  const ofBrokers = brokerFaults(site, pathOf(client.prefix), load, random);
  for (const [kind, fault] of ofBrokers?.faults(rounds) ?? []) faults.set(kind, fault);
  const rebalances = new Rebalances(
    [
      { pool: windowing, topic: 'metrics', partitions: () => OUTPUT_PARTITIONS },
      { pool: ingest, topic: 'ingest.metrics', partitions: () => scene.partitions },
    ],
    client.prefix,
    findings,
    random,
  );
  faults.set('rebalance', { rounds: rebalance, run: () => rebalances.round() });
  for (const [kind, count] of await inflict(faults, random, say)) if (count > 0) done.set(kind, count);
  const faultsEnd = Date.now();
  await load.stop();
  await settle(scene);
  await progress.stop();
  await Promise.all([ingest.stopAll(), windowing.stopAll()]);
  const lines = await verify(client, stack.env, book, findings, faultsEnd);
  for (const pool of [ingest, windowing])
    for (const surprise of pool.surprises) findings.add('workers surprising', surprise);
  for (const problem of ofBrokers?.problems ?? []) findings.add('rounds failed', problem);
  if (rebalance > 0) lines.push(rebalances.line());
  lines.push(
    `senders: ${senders.deliberatelyLate} points meant to be late, ${senders.silences} silences; windows caught up in ${(scene.slowestMs / 1_000).toFixed(1)} s at most`,
  );
  const run = { name: WATERMARK, outcome: { findings, lines }, rounds: done, load, seed, ofBrokers };
  for (const line of summaryOf({ ...run, pools: [ingest, windowing] })) say(line);
  return findings.total === 0;
}

/** Of the load through ingest: what else its worker writes grows too seldom to be waited for. */
function pathOf(prefix: string): Path {
  const [input, ...outputs] = ['ingest.metrics', 'metrics', 'windows', 'state.windowing'].map(
    (name) => prefix + name,
  ) as [string, ...string[]];
  return { group: `${prefix}ingest`, input, outputs, transactional: true };
}

/** Starts readers as soon as `work` says so. */
async function readingWhile<T>(
  start: () => Promise<unknown>,
  work: (started: () => void) => Promise<T>,
): Promise<T> {
  let reading: Promise<unknown> = Promise.resolve();
  const result = await work(() => {
    reading = start();
  });
  await reading;
  return result;
}

/** All is read, and all windows are closed within the time that they have for it. */
async function settle({ site, ingest, findings }: Scene): Promise<void> {
  try {
    await readToTheEnd(ingest, site.client, 'ingest', ['ingest.metrics']);
    const caughtUpAt = Date.now();
    await allClosed(site);
    const ms = Date.now() - caughtUpAt;
    site.say(`all windows closed ${(ms / 1_000).toFixed(1)} s after ingest had caught up`);
    if (ms > LAST_END_MS + PROGRESS_MS) findings.add('windows held up', `at the end, ${ms} ms`);
  } catch (error) {
    findings.add('workers restless', String(error));
  }
}
