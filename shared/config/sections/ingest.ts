import { integer } from '../formats.js';

export const ingest = {
  dedupWindowMs: {
    doc: 'A record whose (tenant, id) was accepted within this time before is dropped',
    format: integer(0, 86_400_000),
    default: 600_000,
    env: 'TACTUS_DEDUP_WINDOW_MS',
  },
  dedupMaxIds: {
    doc: 'Most ids remembered by one worker; beyond it the window shortens, and a metric says so',
    format: integer(1_000, 100_000_000),
    default: 1_000_000,
    env: 'TACTUS_DEDUP_MAX_IDS',
  },
  maxFutureMs: {
    doc: 'A timestamp further ahead of its arrival than this is refused',
    format: integer(0, 31_536_000_000),
    default: 600_000,
    env: 'TACTUS_MAX_FUTURE_MS',
  },
  maxAgeMs: {
    doc: 'A timestamp older than this at its arrival is refused',
    format: integer(60_000, 3_153_600_000_000),
    default: 315_360_000_000,
    env: 'TACTUS_MAX_AGE_MS',
  },
  maxValueBytes: {
    doc: 'Longest record value that is accepted',
    format: integer(256, 16_777_216),
    default: 65_536,
    env: 'TACTUS_MAX_VALUE_BYTES',
  },
  maxTags: {
    doc: 'Most tags of a point, or attributes of an event',
    format: integer(0, 1_000),
    default: 64,
    env: 'TACTUS_MAX_TAGS',
  },
};
