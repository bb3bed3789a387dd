import { createHash } from 'node:crypto';
import type { TopicValues } from '../../../schemas/types.js';
import type { ArchiveTopic } from '../../../shared/config/sections/sink.js';
import type { Millis } from '../../../shared/core/clock.js';
import {
  alertColumns,
  anomalyColumns,
  type Column,
  eventColumns,
  latePointColumns,
  metricPointColumns,
  windowColumns,
} from '../timescale/rows.js';

/** How a topic's values become rows of a file: the columns of the database's tables. */
export interface Layout<T> {
  readonly columns: readonly Column<T>[];
  readonly tenantOf: (value: T) => string;
  /** The time whose day the row belongs to. */
  readonly timeOf: (value: T) => Millis;
}

const start = ({ start }: { start: Millis }) => start;
const tenantId = ({ tenantId }: { tenantId: string }) => tenantId;

export const LAYOUTS: { readonly [N in ArchiveTopic]: Layout<TopicValues[N]> } = {
  metrics: { columns: metricPointColumns, tenantOf: tenantId, timeOf: ({ timestamp }) => timestamp },
  events: { columns: eventColumns, tenantOf: tenantId, timeOf: ({ timestamp }) => timestamp },
  windows: { columns: windowColumns, tenantOf: tenantId, timeOf: start },
  corrections: { columns: windowColumns, tenantOf: tenantId, timeOf: start },
  late: {
    columns: latePointColumns,
    tenantOf: ({ point }) => point.tenantId,
    timeOf: ({ point }) => point.timestamp,
  },
  anomalies: { columns: anomalyColumns, tenantOf: tenantId, timeOf: start },
  alerts: { columns: alertColumns, tenantOf: tenantId, timeOf: ({ startsAt }) => startsAt },
};

/** A value and where it stood in its partition. */
export interface Placed<T> {
  readonly value: T;
  readonly offset: number;
}

/** Rows that go into one file, by the folder of their tenant and day. */
export function byFolder<T>(layout: Layout<T>, rows: readonly Placed<T>[]): Map<string, Placed<T>[]> {
  const folders = new Map<string, Placed<T>[]>();
  for (const row of rows) {
    const day = dayOf(layout.timeOf(row.value));
    const folder = `tenant=${tenantPart(layout.tenantOf(row.value))}/day=${day}`;
    const held = folders.get(folder);
    if (held === undefined) folders.set(folder, [row]);
    else held.push(row);
  }
  return folders;
}

/** Last time that a calendar date is known for. */
const LATEST_MS = 8_640_000_000_000_000;

/** `YYYY-MM-DD` in UTC; what is beyond the calendar has the day `unknown`. */
function dayOf(time: Millis): string {
  return Math.abs(time) > LATEST_MS ? 'unknown' : (new Date(time).toISOString().split('T')[0] as string);
}

/** Longest part of a path that every file system takes, less what stands before it. */
const LONGEST = 200;

/** A tenant as part of a path; a long one is cut and told apart by a hash. */
function tenantPart(tenant: string): string {
  const part = encodeURIComponent(tenant);
  if (part.length <= LONGEST) return part;
  return `${part.slice(0, 100)}~${createHash('sha256').update(tenant).digest('hex').slice(0, 32)}`;
}
