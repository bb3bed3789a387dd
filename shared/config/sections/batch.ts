import { integer } from '../formats.js';

export const batch = {
  refreshIntervalMs: {
    doc: 'Time between two looks for ranges that need a refresh',
    format: integer(100, 3_600_000),
    default: 10_000,
    env: 'TACTUS_REFRESH_INTERVAL_MS',
  },
};
