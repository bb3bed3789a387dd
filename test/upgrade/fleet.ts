import { pick, type Random } from '../integrity/random.js';
import type { Site } from '../integrity/site.js';
import type { WorkerPool } from '../integrity/worker-pool.js';
import type { Build } from './build.js';

export type Side = 'old' | 'new';

/** Workers of a kind, of the two builds. */
export interface Fleet {
  readonly worker: string;
  readonly old: WorkerPool;
  readonly new: WorkerPool;
}

/** Of these kinds, with the variables of each that its build knows. */
export async function fleetsOf(
  workers: readonly string[],
  site: Site,
  build: Build,
  env: Readonly<Record<string, string>>,
): Promise<Fleet[]> {
  const prefix = env.TOPIC_PREFIX ?? '';
  const old = await build.known(env);
  return workers.map((worker) => ({
    worker,
    old: site.pool(worker, prefix, old, build.program),
    new: site.pool(worker, prefix, env),
  }));
}

/** Of those that are replaced so many are killed, instead of stopped in order. */
const KILLED = 0.2;

/** One more of this build of each kind, side by side; resolves when they are ready. */
export async function add(fleets: readonly Fleet[], side: Side): Promise<void> {
  await Promise.all(fleets.map((fleet) => fleet[side].start().ready()));
}

/** One less of this build of each kind, side by side. */
export async function remove(fleets: readonly Fleet[], side: Side, random: Random): Promise<void> {
  await Promise.all(
    fleets.map(async (fleet) => {
      const goes = fleet[side].take(random);
      await (random() < KILLED ? fleet[side].kill(goes) : fleet[side].dismiss(goes));
    }),
  );
}

/** Ends one of any kind and build at once; another of the same takes its place. */
export async function killOne(fleets: readonly Fleet[], random: Random): Promise<string> {
  const { worker, ...pools } = pick(random, fleets);
  const side = pick(
    random,
    (['old', 'new'] as const).filter((each) => pools[each].running.length > 0),
  );
  const victim = pools[side].take(random);
  await pools[side].kill(victim);
  await pools[side].start().ready();
  return `${worker} of the ${side} build killed, another started`;
}
