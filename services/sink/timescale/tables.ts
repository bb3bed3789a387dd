import type {
  Alert,
  AlertState,
  Anomaly,
  Event,
  LatePoint,
  MetricPoint,
  WindowAggregate,
} from '../../../schemas/types.js';
import {
  alertColumns,
  anomalyColumns,
  eventColumns,
  latePointColumns,
  metricPointColumns,
  tagsKey,
  windowColumns,
} from './rows.js';
import { insertStatement, type TableShape } from './statement.js';

/** A table, and how the values of its topic get into it. */
export interface Table<T> extends TableShape<T> {
  readonly statement: string;
  /** Same text for two values that are one row: a statement must not hold both. */
  readonly key: (value: T) => string;
  /** Whether `later` of the log takes the place of `earlier`, which has the same key. */
  readonly replaces: (later: T, earlier: T) => boolean;
}

function table<T>(shape: TableShape<T>, rules: Pick<Table<T>, 'key' | 'replaces'>): Table<T> {
  return { ...shape, ...rules, statement: insertStatement(shape) };
}

const ALERT_STATES: readonly AlertState[] = ['pending', 'firing', 'resolved'];
const rank = (state: AlertState) => ALERT_STATES.indexOf(state);
const rankOf = (row: string) =>
  `array_position(ARRAY[${ALERT_STATES.map((state) => `'${state}'`).join(', ')}], ${row}.state)`;

/** The first value of an id stays: a point never changes. */
export const metricPoints = table<MetricPoint>(
  {
    table: 'metric_points',
    columns: metricPointColumns,
    conflict: ['tenant_id', 'id', 'time'],
    onConflict: { keep: 'old' },
    marksMinutesOf: 'time',
  },
  { key: (p) => `${p.tenantId}|${p.timestamp}|${p.id}`, replaces: () => false },
);

/**
 * The figures emitted last stay, whatever order they are read in; reading an older or the same
 * version again leaves the row alone.
 */
export const windows = table<WindowAggregate>(
  {
    table: 'windows',
    columns: windowColumns,
    // `tags` is not in the index, its digest is: see the migration.
    conflict: ['tenant_id', 'metric', 'window', 'start', 'tags_md5'],
    onConflict: { keep: 'newer', when: 'excluded.emitted_at >= old.emitted_at' },
  },
  {
    key: (w) => `${w.tenantId}|${w.metric}|${w.window}|${w.start}|${tagsKey(w.tags)}`,
    replaces: (later, earlier) => later.emittedAt >= earlier.emittedAt,
  },
);

/** A late point is told once; of an id that came late twice the first report stays. */
export const latePoints = table<LatePoint>(
  {
    table: 'late_points',
    columns: latePointColumns,
    conflict: ['tenant_id', 'id', 'time'],
    onConflict: { keep: 'old' },
  },
  { key: ({ point }) => `${point.tenantId}|${point.timestamp}|${point.id}`, replaces: () => false },
);

export const events = table<Event>(
  {
    table: 'events',
    columns: eventColumns,
    conflict: ['tenant_id', 'id', 'time'],
    onConflict: { keep: 'old' },
  },
  { key: (e) => `${e.tenantId}|${e.timestamp}|${e.id}`, replaces: () => false },
);

/** An id is made from what was scored, so a second record of it says the same. */
export const anomalies = table<Anomaly>(
  {
    table: 'anomalies',
    columns: anomalyColumns,
    conflict: ['tenant_id', 'id', 'start'],
    onConflict: { keep: 'old' },
  },
  { key: (a) => `${a.tenantId}|${a.start}|${a.id}`, replaces: () => false },
);

/** The newest state stays; of two in the same millisecond, the one further on its way to resolved. */
export const alerts = table<Alert>(
  {
    table: 'alerts',
    columns: alertColumns,
    conflict: ['fingerprint', 'starts_at'],
    onConflict: {
      keep: 'newer',
      when: `(excluded.updated_at, ${rankOf('excluded')}) >= (old.updated_at, ${rankOf('old')})`,
    },
  },
  {
    key: (a) => `${a.fingerprint}|${a.startsAt}`,
    replaces: (later, earlier) =>
      later.updatedAt > earlier.updatedAt ||
      (later.updatedAt === earlier.updatedAt && rank(later.state) >= rank(earlier.state)),
  },
);
