import type { Operations } from '../../../api/operations.js';
import { AGGREGATIONS } from '../../../api/vocabulary.js';

/*
 * What a dashboard shows, as it is stored: each of its components says what is shown and where on the grid. The API has the same rules.
 */

type Sent = NonNullable<Operations['POST /dashboards']['body']['spec']['components']>[number];

/** With an id that is distinct on a dashboard. */
export type Component = Sent & { readonly id: string };

/** On the grid, in columns and rows. */
export type Place = Pick<Component, 'x' | 'y' | 'w' | 'h'>;

export type Kind = Component['kind'];

const KINDS: readonly Kind[] = ['chart', 'kpi', 'heatmap', 'table', 'alerts', 'text'];
export const ALERT_STATES = ['pending', 'firing', 'resolved'] as const;
export const SEVERITIES = ['info', 'warning', 'critical'] as const;

/** Columns of the grid. */
export const COLUMNS = 12;
const ROWS = 1_000;
export const MOST_COMPONENTS = 100;

type Field = keyof Component;
/** What is wrong with a value; null where nothing is. */
type Check = (value: unknown) => string | null;

const text =
  (most: number, least = 1): Check =>
  (value) =>
    typeof value === 'string' && value.length >= least && value.length <= most
      ? null
      : `must be a text of ${least === 0 ? 'at most' : `${least} to`} ${most} characters`;
const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? null
      : `must be a whole number from ${least} to ${most}`;
const oneOf =
  (names: readonly string[]): Check =>
  (value) =>
    names.includes(value as string) ? null : `must be one of ${names.join(', ')}`;
const texts =
  (most: number): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).length <= most &&
    Object.values(value).every((one) => typeof one === 'string' && one.length <= 4_096)
      ? null
      : `must be an object of at most ${most} texts`;
const isDuration: Check = (value) =>
  typeof value === 'string' && /^(?=.{2,64}$)(\d+d)?(\d+h)?(\d+m)?(\d+s)?$/.test(value) && /[1-9]/.test(value)
    ? null
    : 'must be a length of time such as 7d or 1h30m';
const names: Check = (value) =>
  Array.isArray(value) && value.length <= 8 && value.every((one) => text(256)(one) === null)
    ? null
    : 'must be a list of at most 8 names of tags';

const CHECKS: Readonly<Record<Field, Check>> = {
  id: text(64),
  kind: oneOf(KINDS),
  title: text(200, 0),
  ...{ x: whole(0, COLUMNS - 1), y: whole(0, ROWS - 1), w: whole(1, COLUMNS), h: whole(1, ROWS) },
  metric: text(256),
  tags: texts(32),
  aggregation: oneOf(AGGREGATIONS),
  by: names,
  top: whole(1, 100),
  band: (value) => (typeof value === 'boolean' ? null : 'must be true or false'),
  compare: isDuration,
  unit: text(32, 0),
  state: oneOf(ALERT_STATES),
  severity: oneOf(SEVERITIES),
  rule: text(100),
  labels: texts(20),
  text: text(10_000, 0),
};

const REQUIRED: readonly Field[] = ['kind', 'title', 'x', 'y', 'w', 'h'];
const EVERYWHERE: readonly Field[] = ['id', ...REQUIRED];
const OF_SERIES: readonly Field[] = ['metric', 'tags', 'aggregation', 'unit', 'by', 'top', 'compare'];
/** What each kind may have besides what all have. */
export const FIELDS: Readonly<Record<Kind, readonly Field[]>> = {
  chart: [...OF_SERIES, 'band'],
  kpi: ['metric', 'tags', 'aggregation', 'unit', 'compare'],
  heatmap: OF_SERIES,
  table: OF_SERIES,
  alerts: ['state', 'severity', 'rule', 'labels'],
  text: ['text'],
};
const NEEDED: Readonly<Record<Kind, Field | null>> = {
  ...{ chart: 'metric', kpi: 'metric', heatmap: 'metric', table: 'metric' },
  ...{ alerts: null, text: 'text' },
};

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with a component, each mistake with its field; empty where it can be shown. */
export function problemsOf(value: unknown): string[] {
  if (!isObject(value)) return ['must be an object'];
  const kind = KINDS.find((one) => one === value.kind);
  const needed = kind === undefined ? null : NEEDED[kind];
  const missing = [...REQUIRED, ...(needed === null ? [] : [needed])]
    .filter((field) => value[field] === undefined)
    .map((field) => `${field}: is missing`);
  const bad = Object.entries(value).flatMap(([field, one]) => {
    if (one === undefined) return [];
    if (!Object.hasOwn(CHECKS, field)) return [`${field}: is not known`];
    if (kind !== undefined && ![...EVERYWHERE, ...FIELDS[kind]].includes(field as Field))
      return [`${field}: is nothing that ${kind} has`];
    const problem = CHECKS[field as Field](one);
    return problem === null ? [] : [`${field}: ${problem}`];
  });
  return missing.length + bad.length > 0 ? [...missing, ...bad] : together(value as unknown as Component);
}

/** What is wrong with fields that are right on their own. */
function together({ kind, x, w, by, top, compare, band }: Component): string[] {
  const problems: string[] = [];
  if (x + w > COLUMNS) problems.push(`w: must be at most ${COLUMNS - x} at column ${x}`);
  if (kind !== 'kpi' && by === undefined) {
    if (top !== undefined) problems.push('top: needs by');
    if (compare !== undefined) problems.push('compare: needs by');
  }
  if (band === true && by !== undefined) problems.push('band: is of series, not of groups: leave by out');
  return problems;
}
