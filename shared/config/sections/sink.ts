import { integer } from '../formats.js';

export const sink = {
  maxBatchRows: {
    doc: 'Most rows written to the database in one statement',
    format: integer(1, 50_000),
    default: 20_000,
    env: 'TACTUS_SINK_MAX_BATCH_ROWS',
  },
  lingerMs: {
    doc: 'How long a record may wait for others before it is written to the database',
    format: integer(0, 60_000),
    default: 50,
    env: 'TACTUS_SINK_LINGER_MS',
  },
  cacheTtlMs: {
    doc: 'A series without new data for this long leaves Redis',
    format: integer(1_000, 31_536_000_000),
    default: 86_400_000,
    env: 'TACTUS_CACHE_TTL_MS',
  },
  cacheMaxSeries: {
    doc: 'Most series of one tenant whose latest value is kept in Redis; beyond it the stalest leave',
    format: integer(1, 10_000_000),
    default: 100_000,
    env: 'TACTUS_CACHE_MAX_SERIES',
  },
  cacheWindows: {
    doc: 'Latest windows kept in Redis for each series and definition',
    format: integer(1, 10_000),
    default: 60,
    env: 'TACTUS_CACHE_WINDOWS',
  },
};
