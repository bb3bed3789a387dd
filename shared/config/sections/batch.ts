import { integer, number } from './formats.js';

export const batch = {
  refreshIntervalMs: {
    doc: 'Time between two checks for buckets that need a refresh',
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
    doc: 'Most dirty buckets of one length that are read at once; more are processed without a pause',
    format: integer(1, 100_000),
    default: 10_000,
    env: 'TACTUS_MAX_RANGES_PER_LOOK',
  },
  leaseMs: {
    doc: 'Another batch worker takes over when the leading one has not renewed its lease for this long',
    format: integer(1_000, 3_600_000),
    default: 30_000,
    env: 'TACTUS_BATCH_LEASE_MS',
  },
  reconcileSlotsPerRound: {
    doc: 'Most slots of windows (a minute, or the size of longer ones) that are compared with the stored points between two checks',
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
