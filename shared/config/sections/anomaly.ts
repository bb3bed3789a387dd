import { integer, name, number } from '../formats.js';

export const anomaly = {
  window: {
    doc: 'Name of the window definition whose means are scored',
    format: name,
    default: '10s',
    env: 'TACTUS_ANOMALY_WINDOW',
  },
  bandSigmas: {
    doc: 'Half-width of the expected band in robust standard deviations; a smaller one finds more, and more that is nothing',
    format: number(2, 50),
    default: 5,
    env: 'TACTUS_ANOMALY_BAND_SIGMAS',
  },
  warmUpWindows: {
    doc: 'Windows of a series that are only learnt from before its first anomaly',
    format: integer(8, 128),
    default: 20,
    env: 'TACTUS_ANOMALY_WARM_UP_WINDOWS',
  },
  quietWindows: {
    doc: 'Windows inside the band that end an incident; until then only a much higher score is told again',
    format: integer(1, 255),
    default: 10,
    env: 'TACTUS_ANOMALY_QUIET_WINDOWS',
  },
  maxSeries: {
    doc: 'Most series remembered of one partition, about 2 KB each; beyond it the one unseen for longest is forgotten',
    format: integer(1, 10_000_000),
    default: 50_000,
    env: 'TACTUS_ANOMALY_MAX_SERIES',
  },
  idleMs: {
    doc: 'A series that sent nothing for this long, by the time of the windows, is forgotten',
    format: integer(60_000, 31_536_000_000),
    default: 86_400_000,
    env: 'TACTUS_ANOMALY_IDLE_MS',
  },
};
