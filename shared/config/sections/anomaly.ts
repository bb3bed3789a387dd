import { integer, name, number, text } from './formats.js';

export const anomaly = {
  window: {
    doc: 'Name of the window definition whose means are watched, where TACTUS_ANOMALY_FILE says nothing else',
    format: name,
    default: '10s',
    env: 'TACTUS_ANOMALY_WINDOW',
  },
  sensitivity: {
    doc: 'Sensitivity of the detector: 2 takes half the evidence for an anomaly, 0.5 twice as much',
    format: number(0.2, 5),
    default: 1,
    env: 'TACTUS_ANOMALY_SENSITIVITY',
  },
  file: {
    doc: 'YAML file that says per metric and tenant which window, field and sensitivity are watched; empty takes the above for all',
    format: text(),
    default: '',
    env: 'TACTUS_ANOMALY_FILE',
  },
  maxSeries: {
    doc: 'Most series remembered of one partition, about 3 KB of memory each; beyond it the one unseen for longest is forgotten',
    format: integer(1, 10_000_000),
    default: 50_000,
    env: 'TACTUS_ANOMALY_MAX_SERIES',
  },
  maxGroups: {
    doc: 'Most groups of metrics with the same tags that are watched together in one partition, some 150 KB of memory each; 0 watches none',
    format: integer(0, 100_000),
    default: 100,
    env: 'TACTUS_ANOMALY_MAX_GROUPS',
  },
  idleMs: {
    doc: 'A series that sent nothing for this long, by the time of the windows, is forgotten',
    format: integer(60_000, 31_536_000_000),
    default: 86_400_000,
    env: 'TACTUS_ANOMALY_IDLE_MS',
  },
};
