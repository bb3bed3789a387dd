import { integer, text } from './formats.js';

export const windowing = {
  windowsFile: {
    doc: 'YAML file with window definitions; empty takes the shipped ones (10s, 1m)',
    format: text(),
    default: '',
    env: 'WINDOWS_FILE',
  },
  idleTimeoutMs: {
    doc: 'A partition read to its end and without new records moves its watermark with the wall clock after this time',
    format: integer(100, 3_600_000),
    default: 5_000,
    env: 'TACTUS_IDLE_TIMEOUT_MS',
  },
  watermarkHoldMs: {
    doc: 'An input partition that stands still may hold back the watermark for so long while others go on; points that are late for it say cause=hold',
    format: integer(1_000, 86_400_000),
    default: 600_000,
    env: 'TACTUS_WATERMARK_HOLD_MS',
  },
  maxSeries: {
    doc: 'Most live series of one partition and definition; points of further new series go to dlq',
    format: integer(1, 10_000_000),
    default: 200_000,
    env: 'TACTUS_MAX_SERIES',
  },
  maxSeriesSharePercent: {
    doc: 'Most of TACTUS_MAX_SERIES that one tenant may have, so that others have room beside it; 100 where there is one tenant',
    format: integer(1, 100),
    default: 50,
    env: 'TACTUS_MAX_SERIES_SHARE_PERCENT',
  },
  counterIdleMs: {
    doc: 'A point of a counter is compared with the one before if that is no older than this; then the counter is forgotten',
    format: integer(1_000, 86_400_000),
    default: 3_600_000,
    env: 'TACTUS_COUNTER_IDLE_MS',
  },
  maxSketchBytes: {
    doc: 'Most memory of the sketches that count members, in one pane of one partition, and in the sessions of a definition; windows whose sketch has no room have no distinct. One tenant may have TACTUS_MAX_SERIES_SHARE_PERCENT of it',
    format: integer(65_536, 1_073_741_824),
    default: 16_777_216,
    env: 'TACTUS_MAX_SKETCH_BYTES',
  },
  warmUpMs: {
    doc: 'Windowing counts points of its own making for so long before it joins its group, so that V8 has compiled it; 0 for none',
    format: integer(0, 10_000),
    default: 300,
    env: 'TACTUS_WARM_UP_MS',
  },
};
