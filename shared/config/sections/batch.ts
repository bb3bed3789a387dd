import { integer, number } from '../formats.js';

export const batch = {
  refreshIntervalMs: {
    doc: 'Time between two looks for ranges that need a refresh',
    format: integer(100, 3_600_000),
    default: 10_000,
    env: 'TACTUS_REFRESH_INTERVAL_MS',
  },
  republishIntervalMs: {
    doc: 'Shortest time between two publications of the same bucket while it is open, and of the same hour or day',
    format: integer(100, 86_400_000),
    default: 60_000,
    env: 'TACTUS_REPUBLISH_INTERVAL_MS',
  },
  maxRangesPerLook: {
    doc: 'Most dirty buckets of one length read at once; more are worked off without waiting in between',
    format: integer(1, 100_000),
    default: 10_000,
    env: 'TACTUS_MAX_RANGES_PER_LOOK',
  },
  leaseMs: {
    doc: 'A batch worker that shows no sign of life for this long is replaced by another',
    format: integer(1_000, 3_600_000),
    default: 30_000,
    env: 'TACTUS_BATCH_LEASE_MS',
  },
  reconcileSlotsPerRound: {
    doc: 'Most slots of windows (a minute, or the size of longer ones) that are held against the stored points between two looks',
    format: integer(1, 10_000),
    default: 20,
    env: 'TACTUS_RECONCILE_SLOTS_PER_ROUND',
  },
  reconcileTolerance: {
    doc: 'Relative difference up to which figures of the stream and of the stored points count as equal',
    format: number(0, 1),
    default: 1e-9,
    env: 'TACTUS_RECONCILE_TOLERANCE',
  },
};
