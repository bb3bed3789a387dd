import type {
  Alert,
  AlertNotification,
  AlertState,
  Anomaly,
  Event,
  LatePoint,
  MetricPoint,
  WindowAggregate,
} from '../../../schemas/types.js';
import {
  alertColumns,
  alertStateColumns,
  anomalyColumns,
  eventColumns,
  latePointColumns,
  metricPointColumns,
  notificationColumns,
  recordedPointColumns,
  windowColumns,
} from '../rows/columns.js';
import { tagsKey } from '../rows/json.js';
import { insertStatement, type TableShape } from './insert-statement.js';

/** A table, and how the values of a topic are stored in it. */
export interface Table<T> extends TableShape<T> {
  readonly statement: string;
  /** Equal for two values of the same row, which a statement must not both contain. */
  readonly key: (value: T) => string;
  /** Whether `later` replaces `earlier`, which has the same key and comes before it in the log. */
  readonly replaces: (later: T, earlier: T) => boolean;
}

function table<T>(shape: TableShape<T>, rules: Pick<Table<T>, 'key' | 'replaces'>): Table<T> {
  return { ...shape, ...rules, statement: insertStatement(shape) };
}

const ALERT_STATES: readonly AlertState[] = ['pending', 'firing', 'resolved'];
const rank = (state: AlertState) => ALERT_STATES.indexOf(state);
const rankOf = (row: string) =>
  `array_position(ARRAY[${ALERT_STATES.map((state) => `'${state}'`).join(', ')}], ${row}.state)`;

const ofPoints = {
  table: 'metric_points',
  conflict: ['tenant_id', 'id', 'time'],
  onConflict: { keep: 'old' },
  // By which a compressed chunk keeps series apart: tags may be longer than an index entry.
  computed: { name: 'series', sql: 'tactus.series_id(r.tenant_id, r.metric, r.tags::jsonb)' },
  marksMinutesOf: 'time',
} as const;
const pointRules: Pick<Table<MetricPoint>, 'key' | 'replaces'> = {
  key: (p) => `${p.tenantId}|${p.timestamp}|${p.id}`,
  replaces: () => false,
};

/** The first value of an id is kept: a point never changes. */
export const metricPoints = table<MetricPoint>({ ...ofPoints, columns: metricPointColumns }, pointRules);

/** Points that stand for what rules have recorded; by their kind, which no sender can give, reconciliation knows them. */
export const recordedPoints = table<MetricPoint>({ ...ofPoints, columns: recordedPointColumns }, pointRules);

/**
 * The version emitted last is kept, in whatever order versions are read; reading an older or the same
 * version again leaves the row unchanged.
 */
export const windows = table<WindowAggregate>(
  {
    table: 'windows',
    columns: windowColumns,
    // The index has a digest of `tags`: see the migration.
    conflict: ['tenant_id', 'metric', 'window', 'start', 'tags_md5'],
    onConflict: { keep: 'newer', when: 'excluded.emitted_at >= old.emitted_at' },
  },
  {
    key: (w) => `${w.tenantId}|${w.metric}|${w.window}|${w.start}|${tagsKey(w.tags)}`,
    replaces: (later, earlier) => later.emittedAt >= earlier.emittedAt,
  },
);

/** The first report of an id is kept. */
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

/** The id is derived from what was scored, so a second record of it is equal. */
export const anomalies = table<Anomaly>(
  {
    table: 'anomalies',
    columns: anomalyColumns,
    conflict: ['tenant_id', 'id', 'start'],
    onConflict: { keep: 'old' },
  },
  { key: (a) => `${a.tenantId}|${a.start}|${a.id}`, replaces: () => false },
);

/** The newest state is kept; of two in the same millisecond, the one closer to resolved. */
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

/** The first time of each state is kept. */
export const alertStates = table<Alert>(
  {
    table: 'alert_states',
    columns: alertStateColumns,
    conflict: ['tenant_id', 'fingerprint', 'starts_at', 'state'],
    onConflict: { keep: 'old' },
  },
  { key: (a) => `${a.tenantId}|${a.startsAt}|${a.state}|${a.fingerprint}`, replaces: () => false },
);

/** The id is derived from the attempt, so a second record of it is equal. */
export const notifications = table<AlertNotification>(
  {
    table: 'notifications',
    columns: notificationColumns,
    conflict: ['tenant_id', 'id', 'at'],
    onConflict: { keep: 'old' },
  },
  { key: (n) => `${n.tenantId}|${n.at}|${n.id}`, replaces: () => false },
);
