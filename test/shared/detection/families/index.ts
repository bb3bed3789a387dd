import type { LabelledSeries } from './draft.js';
import * as outside from './outside.js';
import * as people from './people.js';
import { Random } from './random.js';
import * as servers from './servers.js';

/** Every family of series by its name. */
export const FAMILIES: readonly ((random: Random) => LabelledSeries)[] = [
  servers.serverCpu,
  servers.latency,
  servers.flatThenActive,
  servers.manyZeros,
  servers.requests,
  servers.subtlePeaks,
  servers.counter,
  people.network,
  people.tweets,
  people.adClicks,
  outside.trafficSpeed,
  outside.trafficOccupancy,
  outside.taxiDemand,
  outside.machineTemperature,
  outside.roomTemperature,
  outside.heldKeys,
];

/** The same series for the same seeds, `perFamily` of each. */
export function labelledSeries(perFamily: number, seed = 1): LabelledSeries[] {
  return FAMILIES.flatMap((make, family) =>
    Array.from({ length: perFamily }, (_, i) => make(new Random(seed * 1_000_003 + family * 10_007 + i))),
  );
}
