import type {
  Alert,
  AlertNotification,
  Anomaly,
  Event,
  LatePoint,
  MetricPoint,
  WindowAggregate,
} from '../../../schemas/types.js';
import { toJson } from './json.js';

/** Type of a column's values. */
export type ColumnType = 'text' | 'number' | 'integer' | 'time' | 'json' | 'bytes';

/** A value of a row; JSON as text, bytes in base64, times in milliseconds since the epoch. */
export type Cell = string | number | null;

/** A column of a table or a file, and how its value is computed. */
export interface Column<T> {
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (value: T) => Cell;
}

const text = <T>(name: string, of: (value: T) => string | null): Column<T> => ({
  name,
  type: 'text',
  of,
});
const number = <T>(name: string, of: (value: T) => number | null): Column<T> => ({
  name,
  type: 'number',
  of,
});
const integer = <T>(name: string, of: (value: T) => number | null): Column<T> => ({
  name,
  type: 'integer',
  of,
});
const time = <T>(name: string, of: (value: T) => number | null): Column<T> => ({
  name,
  type: 'time',
  of,
});
const json = <T>(name: string, of: (value: T) => Readonly<Record<string, unknown>> | null): Column<T> => ({
  name,
  type: 'json',
  of: (value) => {
    const object = of(value);
    return object === null ? null : toJson(object);
  },
});

const bytes = <T>(name: string, of: (value: T) => Buffer | null): Column<T> => ({
  name,
  type: 'bytes',
  of: (value) => of(value)?.toString('base64') ?? null,
});

export const metricPointColumns: readonly Column<MetricPoint>[] = [
  time('time', (p) => p.timestamp),
  text('tenant_id', (p) => p.tenantId),
  text('metric', (p) => p.metric),
  json('tags', (p) => p.tags),
  number('value', (p) => p.value),
  text('id', (p) => p.id),
  text('unit', (p) => p.unit),
  text('source', (p) => p.source),
  text('kind', (p) => p.kind),
  time('start_timestamp', (p) => p.startTimestamp),
];

/** Of a kind of their own, which the schema of points does not have. */
export const recordedPointColumns: readonly Column<MetricPoint>[] = metricPointColumns.map((column) =>
  column.name === 'kind' ? text('kind', () => 'recorded') : column,
);

export const latePointColumns: readonly Column<LatePoint>[] = [
  time('time', (l) => l.point.timestamp),
  text('tenant_id', (l) => l.point.tenantId),
  text('metric', (l) => l.point.metric),
  json('tags', (l) => l.point.tags),
  number('value', (l) => l.point.value),
  text('id', (l) => l.point.id),
  json('missed', (l) => missedStarts(l)),
  time('watermark', (l) => l.watermark),
  integer('lateness_ms', (l) => l.latenessMs),
  text('cause', (l) => l.cause),
];

/** Starts of the missed windows by the name of their definition. */
function missedStarts({ missed }: LatePoint): Record<string, number[]> {
  const starts = new Map<string, number[]>();
  for (const { window, start } of missed) {
    const others = starts.get(window);
    if (others === undefined) starts.set(window, [start]);
    else others.push(start);
  }
  return Object.fromEntries(starts);
}

export const windowColumns: readonly Column<WindowAggregate>[] = [
  time('start', (w) => w.start),
  time('end', (w) => w.end),
  text('tenant_id', (w) => w.tenantId),
  text('metric', (w) => w.metric),
  json('tags', (w) => w.tags),
  text('window', (w) => w.window),
  integer('count', (w) => w.count),
  number('sum', (w) => w.sum),
  number('min', (w) => w.min),
  number('max', (w) => w.max),
  number('mean', (w) => w.mean),
  number('stddev', (w) => w.stddev),
  number('first', (w) => w.first),
  number('last', (w) => w.last),
  json('quantiles', (w) => w.quantiles),
  time('watermark', (w) => w.watermark),
  time('emitted_at', (w) => w.emittedAt),
  number('increase', (w) => w.increase),
  number('rate', (w) => w.rate),
  integer('distinct', (w) => w.distinct),
  bytes('sketch', (w) => w.sketch),
];

export const eventColumns: readonly Column<Event>[] = [
  time('time', (e) => e.timestamp),
  text('tenant_id', (e) => e.tenantId),
  text('type', (e) => e.type),
  text('id', (e) => e.id),
  text('subject_id', (e) => e.subjectId),
  json('attributes', (e) => e.attributes),
];

export const anomalyColumns: readonly Column<Anomaly>[] = [
  time('start', (a) => a.start),
  time('end', (a) => a.end),
  text('id', (a) => a.id),
  text('tenant_id', (a) => a.tenantId),
  text('metric', (a) => a.metric),
  json('tags', (a) => a.tags),
  text('detector', (a) => a.detector),
  text('window', (a) => a.window),
  number('value', (a) => a.value),
  number('expected', (a) => a.expected),
  number('lower', (a) => a.lower),
  number('upper', (a) => a.upper),
  number('score', (a) => a.score),
  text('severity', (a) => a.severity),
  text('explanation', (a) => a.explanation),
  time('detected_at', (a) => a.detectedAt),
];

export const alertColumns: readonly Column<Alert>[] = [
  text('fingerprint', (a) => a.fingerprint),
  time('starts_at', (a) => a.startsAt),
  text('rule', (a) => a.rule),
  text('tenant_id', (a) => a.tenantId),
  text('state', (a) => a.state),
  text('severity', (a) => a.severity),
  json('labels', (a) => a.labels),
  json('annotations', (a) => a.annotations),
  number('value', (a) => a.value),
  time('ends_at', (a) => a.endsAt),
  time('updated_at', (a) => a.updatedAt),
];

export const notificationColumns: readonly Column<AlertNotification>[] = [
  time('at', (n) => n.at),
  text('tenant_id', (n) => n.tenantId),
  text('id', (n) => n.id),
  text('fingerprint', (n) => n.fingerprint),
  time('starts_at', (n) => n.startsAt),
  text('channel', (n) => n.channel),
  text('kind', (n) => n.kind),
  text('outcome', (n) => n.outcome),
  text('status', (n) => n.status),
  integer('attempts', (n) => n.attempts),
  text('error', (n) => n.error),
  text('reason', (n) => n.reason),
  integer('escalation', (n) => n.escalation),
];

/** Of the history of an alert. */
export const alertStateColumns: readonly Column<Alert>[] = [
  time('starts_at', (a) => a.startsAt),
  text('tenant_id', (a) => a.tenantId),
  text('fingerprint', (a) => a.fingerprint),
  text('state', (a) => a.state),
  time('at', (a) => a.updatedAt),
  number('value', (a) => a.value),
];
