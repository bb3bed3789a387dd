import type { Anomaly, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';

const TIMES = ['start', 'end', 'watermark', 'emittedAt', 'detectedAt'];
/** Integers, which the driver gives as text. */
const BIGINTS = ['count', 'distinct'];

type Row = Record<string, unknown>;

/** What ended at one time. */
export interface Moment {
  readonly time: Millis;
  readonly windows: WindowAggregate[];
  readonly anomalies: Anomaly[];
}

/** Asks a table for what ended after $1 and not after $2, milliseconds since the epoch, in order of the end. */
export function historySql(table: `${'tactus' | 'tactus_tenant'}.${'windows' | 'anomalies'}`): string {
  const where = `"end" > to_timestamp($1 / 1000.0) AND "end" <= to_timestamp($2 / 1000.0)`;
  return `SELECT * FROM ${table} WHERE ${where} ORDER BY "end", tenant_id, metric`;
}

/** Rows of {@link historySql} as values, by the time of their end. */
export function momentsOf(windows: readonly Row[], anomalies: readonly Row[]): Moment[] {
  const moments = new Map<Millis, Moment>();
  const momentAt = (time: Millis) => {
    const moment = moments.get(time) ?? { time, windows: [], anomalies: [] };
    moments.set(time, moment);
    return moment;
  };
  // Tables do not say which windows rules have recorded.
  for (const row of windows.map(fromRow<WindowAggregate>))
    momentAt(row.end).windows.push({ ...row, recordedBy: null });
  for (const row of anomalies.map(fromRow<Anomaly>)) momentAt(row.end).anomalies.push(row);
  return [...moments.values()].sort((a, b) => a.time - b.time);
}

/** A row as the value that it was stored from: names in camel case, times in milliseconds. */
function fromRow<T>(row: Row): T {
  const entries = Object.entries(row).map(([column, value]) => {
    const name = column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (TIMES.includes(name)) return [name, (value as Date).getTime()];
    return [name, BIGINTS.includes(name) && value !== null ? Number(value) : value];
  });
  return Object.fromEntries(entries) as T;
}
