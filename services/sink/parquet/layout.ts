import { createHash } from 'node:crypto';
import type { TopicValues } from '../../../schemas/types.js';
import type { ArchiveTopic } from '../../../shared/config/sections/sink.js';
import type { Millis } from '../../../shared/core/clock.js';
import { MAX_DATE_MS } from '../../../shared/core/iso-time.js';
import {
  alertColumns,
  anomalyColumns,
  type Column,
  eventColumns,
  latePointColumns,
  metricPointColumns,
  windowColumns,
} from '../rows/columns.js';

/** How a topic's values become rows of files; the columns are those of the database's tables. */
export interface Layout<T> {
  readonly columns: readonly Column<T>[];
  readonly tenantOf: (value: T) => string;
  /** The time whose day selects the row's folder. */
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

/** A value and the offset of its record. */
export interface Located<T> {
  readonly value: T;
  readonly offset: number;
}

/** Rows grouped by the folder of their tenant and day. */
export function byFolder<T>(layout: Layout<T>, rows: readonly Located<T>[]): Map<string, Located<T>[]> {
  const folders = new Map<string, Located<T>[]>();
  for (const row of rows) {
    const day = dayOf(layout.timeOf(row.value));
    const folder = `tenant=${tenantPart(layout.tenantOf(row.value))}/day=${day}`;
    const group = folders.get(folder);
    if (group === undefined) folders.set(folder, [row]);
    else group.push(row);
  }
  return folders;
}

/** `YYYY-MM-DD` in UTC, or `unknown` beyond the range of `Date`. */
function dayOf(time: Millis): string {
  return Math.abs(time) > MAX_DATE_MS ? 'unknown' : (new Date(time).toISOString().split('T')[0] as string);
}

/** Below the 255 bytes that file systems allow for a name, with its prefix. */
const MAX_NAME_LENGTH = 200;

/** A tenant as part of a path; a long name is shortened and made unique by a hash. */
function tenantPart(tenant: string): string {
  const part = encodeURIComponent(tenant);
  if (part.length <= MAX_NAME_LENGTH) return part;
  return `${part.slice(0, 100)}~${createHash('sha256').update(tenant).digest('hex').slice(0, 32)}`;
}
