import { name } from '../formats.js';

export const anomaly = {
  window: {
    doc: 'Name of the window definition whose means are scored',
    format: name,
    default: '10s',
    env: 'TACTUS_ANOMALY_WINDOW',
  },
};
