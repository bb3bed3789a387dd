import { integer } from '../formats.js';

export const sink = {
  maxBatchRows: {
    doc: 'Most rows written to the database in one statement',
    format: integer(1, 50_000),
    default: 5_000,
    env: 'TACTUS_SINK_MAX_BATCH_ROWS',
  },
};
