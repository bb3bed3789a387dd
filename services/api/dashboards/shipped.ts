import { createHash } from 'node:crypto';
import type { DashboardRow } from '../queries/dashboards.js';
import type { Component } from './components.js';

/*
 * Dashboards that every tenant has from the start. They are read-only: a copy is what is changed. Health is that of the hosts and workers
 * which the collector reads; activity and revenue are those of a music service, as the shipped mappings measure them.
 */

const half = { w: 6, h: 3 } as const;
const tile = { w: 3, h: 2 } as const;

const SYSTEM_HEALTH: readonly Component[] = [
  {
    kind: 'kpi',
    title: 'CPU',
    metric: 'system.cpu.usage_percent',
    unit: '%',
    compare: '1d',
    x: 0,
    y: 0,
    ...tile,
  },
  {
    ...{ kind: 'kpi', title: 'Memory', metric: 'system.memory.used_percent', unit: '%', compare: '1d' },
    ...{ x: 3, y: 0, ...tile },
  },
  { kind: 'kpi', title: 'Load over a minute', metric: 'system.load.1m', compare: '1d', x: 6, y: 0, ...tile },
  {
    ...{
      kind: 'kpi',
      title: 'Most lag of a worker',
      metric: 'tactus.pipeline.lag_records',
      aggregation: 'max',
    },
    ...{ unit: 'records', x: 9, y: 0, ...tile },
  },
  {
    kind: 'chart',
    title: 'CPU by host',
    metric: 'system.cpu.usage_percent',
    band: true,
    x: 0,
    y: 2,
    ...half,
  },
  {
    kind: 'chart',
    title: 'Memory by host',
    metric: 'system.memory.used_percent',
    band: true,
    x: 6,
    y: 2,
    ...half,
  },
  {
    ...{ kind: 'chart', title: 'CPU by what it does', metric: 'system.cpu.mode_percent', by: ['mode'] },
    ...{ x: 0, y: 5, ...half },
  },
  {
    ...{ kind: 'chart', title: 'Received', metric: 'system.network.receive_bytes_per_second' },
    ...{ by: ['host', 'interface'], top: 10, unit: 'B/s', x: 6, y: 5, ...half },
  },
  {
    ...{ kind: 'heatmap', title: 'Lag of workers', metric: 'tactus.pipeline.lag_records', by: ['worker'] },
    ...{ aggregation: 'max', x: 0, y: 8, ...half },
  },
  {
    ...{ kind: 'chart', title: 'Memory of processes', metric: 'process.resident_memory_bytes', unit: 'B' },
    ...{ by: ['host', 'process'], top: 10, x: 6, y: 8, ...half },
  },
  {
    ...{ kind: 'table', title: 'Fullest disks', metric: 'system.disk.used_percent', by: ['host', 'mount'] },
    ...{ aggregation: 'max', top: 20, unit: '%', x: 0, y: 11, w: 6, h: 4 },
  },
  { kind: 'alerts', title: 'Firing alerts', state: 'firing', x: 6, y: 11, w: 6, h: 4 },
];

const USER_ACTIVITY: readonly Component[] = [
  {
    ...{ kind: 'kpi', title: 'Plays', metric: 'music.plays', aggregation: 'sum', compare: '7d' },
    ...{ x: 0, y: 0, ...tile },
  },
  {
    ...{ kind: 'kpi', title: 'Sessions', metric: 'music.sessions', aggregation: 'sum', compare: '7d' },
    ...{ x: 3, y: 0, ...tile },
  },
  {
    ...{ kind: 'kpi', title: 'Sign-ups', metric: 'music.sign_ups', aggregation: 'sum', compare: '7d' },
    ...{ x: 6, y: 0, ...tile },
  },
  {
    ...{
      kind: 'kpi',
      title: 'Failed logins',
      metric: 'music.failed_logins',
      aggregation: 'sum',
      compare: '7d',
    },
    ...{ x: 9, y: 0, ...tile },
  },
  {
    ...{ kind: 'chart', title: 'Plays by plan', metric: 'music.plays', aggregation: 'sum', by: ['plan'] },
    ...{ compare: '7d', x: 0, y: 2, ...half },
  },
  {
    ...{
      kind: 'chart',
      title: 'Sessions by device',
      metric: 'music.sessions',
      aggregation: 'sum',
      by: ['device'],
    },
    ...{ compare: '7d', x: 6, y: 2, ...half },
  },
  {
    ...{
      kind: 'heatmap',
      title: 'Plays by device',
      metric: 'music.plays',
      aggregation: 'sum',
      by: ['device'],
    },
    ...{ x: 0, y: 5, ...half },
  },
  {
    ...{
      kind: 'chart',
      title: 'Skips by device',
      metric: 'music.skips',
      aggregation: 'sum',
      by: ['device'],
    },
    ...{ x: 6, y: 5, ...half },
  },
  {
    ...{ kind: 'table', title: 'Where sign-ups come from', metric: 'music.sign_ups', aggregation: 'sum' },
    ...{ by: ['channel'], compare: '7d', x: 0, y: 8, w: 6, h: 3 },
  },
  {
    ...{ kind: 'table', title: 'Errors by component', metric: 'music.errors', aggregation: 'sum' },
    ...{ by: ['component'], compare: '7d', x: 6, y: 8, w: 6, h: 3 },
  },
];

const REVENUE: readonly Component[] = [
  {
    ...{ kind: 'kpi', title: 'Revenue', metric: 'music.revenue', aggregation: 'sum', compare: '7d' },
    ...{ x: 0, y: 0, w: 4, h: 2 },
  },
  {
    ...{ kind: 'kpi', title: 'Payments', metric: 'music.payments', aggregation: 'sum', compare: '7d' },
    ...{ x: 4, y: 0, w: 4, h: 2 },
  },
  {
    ...{ kind: 'kpi', title: 'Changes of plan', metric: 'music.subscription_changes', aggregation: 'sum' },
    ...{ compare: '7d', x: 8, y: 0, w: 4, h: 2 },
  },
  {
    ...{ kind: 'chart', title: 'Revenue by currency', metric: 'music.revenue', aggregation: 'sum' },
    ...{ by: ['currency'], compare: '7d', x: 0, y: 2, w: 12, h: 4 },
  },
  {
    ...{ kind: 'table', title: 'Payments by method', metric: 'music.payments', aggregation: 'sum' },
    ...{ by: ['method'], compare: '7d', x: 0, y: 6, ...half },
  },
  {
    ...{ kind: 'table', title: 'Changes of plan', metric: 'music.subscription_changes', aggregation: 'sum' },
    ...{ by: ['from', 'to'], compare: '7d', x: 6, y: 6, ...half },
  },
];

/** When their contents were changed last. */
const SHIPPED_AT = new Date('2026-11-27T00:00:00Z');

function shipped(id: string, title: string, components: readonly Component[]): DashboardRow {
  const spec = {
    layout: 'grid',
    columns: 12,
    components: components.map((one, i) => ({ id: `w${i + 1}`, ...one })),
  };
  const version = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);
  return { id, version, title, spec, updatedBy: 'tactus', createdAt: SHIPPED_AT, updatedAt: SHIPPED_AT };
}

/** By their ids. One that a tenant has stored by the same id stands in its place. */
export const SHIPPED: ReadonlyMap<string, DashboardRow> = new Map(
  [
    shipped('revenue', 'Revenue', REVENUE),
    shipped('system_health', 'System health', SYSTEM_HEALTH),
    shipped('user_activity', 'User activity', USER_ACTIVITY),
  ].map((row) => [row.id, row]),
);

type Summary = Omit<DashboardRow, 'spec'>;

/** A page of stored dashboards with the shipped ones where they belong. @param after the id before the first */
export function withShipped(stored: readonly Summary[], after: string | null, limit: number): Summary[] {
  const own = new Set(stored.map(({ id }) => id));
  const others = [...SHIPPED.values()].filter(({ id }) => !own.has(id) && (after === null || id > after));
  // Of a page that is full, what comes behind its last one belongs to a later page.
  return [...stored, ...others].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
}
