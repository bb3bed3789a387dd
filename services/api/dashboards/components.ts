import { type Static, Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import { schemaCompiler } from '../http/validation.js';
import { AGGREGATIONS } from '../queries/series/aggregation.js';

const KINDS = ['chart', 'kpi', 'heatmap', 'table', 'alerts', 'text'] as const;
/** Of the grid. */
const COLUMNS = 12;
const ROWS = 1_000;
const MAX_COMPONENTS = 100;

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const Texts = (maxProperties: number) =>
  Type.Record(Type.String(), Type.String({ maxLength: 4_096 }), { maxProperties });

export const Component = Type.Object(
  {
    id: Type.Optional(Text(64)),
    kind: Type.Enum(KINDS),
    title: Type.String({ maxLength: 200 }),
    x: Type.Integer({ minimum: 0, maximum: COLUMNS - 1, description: `Column, of ${COLUMNS}` }),
    y: Type.Integer({ minimum: 0, maximum: ROWS - 1 }),
    w: Type.Integer({ minimum: 1, maximum: COLUMNS }),
    h: Type.Integer({ minimum: 1, maximum: ROWS }),
    metric: Type.Optional(
      Type.String({ minLength: 1, maxLength: 256, description: 'Of all but alerts and text' }),
    ),
    tags: Type.Optional(Texts(32)),
    aggregation: Type.Optional(Type.Enum(AGGREGATIONS, { description: 'avg without it' })),
    by: Type.Optional(
      Type.Array(Text(256), {
        maxItems: 8,
        description:
          'Tags to group by, as of metrics/aggregated; without it each series, as of metrics/query',
      }),
    ),
    top: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'Of groups, those that are highest' }),
    ),
    band: Type.Optional(Type.Boolean({ description: 'What was expected of each series of a chart' })),
    compare: Type.Optional(
      Type.String({ maxLength: 64, description: 'How far back an earlier period lies, such as 7d' }),
    ),
    unit: Type.Optional(Type.String({ maxLength: 32 })),
    state: Type.Optional(Type.Enum(['pending', 'firing', 'resolved'], { description: 'Of alerts' })),
    severity: Type.Optional(Type.Enum(['info', 'warning', 'critical'])),
    rule: Type.Optional(Text(100)),
    labels: Type.Optional(Texts(20)),
    text: Type.Optional(Type.String({ maxLength: 10_000, description: 'Of the kind text' })),
  },
  { additionalProperties: false, title: 'DashboardComponent' },
);

export type Component = Static<typeof Component>;
type Field = keyof Component;

/** What a dashboard keeps: what the page shows of it, and whatever else. */
export const DashboardSpec = Type.Object(
  { components: Type.Optional(Type.Array(Component, { maxItems: MAX_COMPONENTS })) },
  { additionalProperties: true },
);

const EVERYWHERE: readonly Field[] = ['id', 'kind', 'title', 'x', 'y', 'w', 'h'];
const OF_GROUPS: readonly Field[] = ['metric', 'tags', 'aggregation', 'unit', 'by', 'top', 'compare'];
/** What each kind may have besides {@link EVERYWHERE}; the first of them it needs, but for alerts. */
const FIELDS: Readonly<Record<Component['kind'], readonly Field[]>> = {
  chart: [...OF_GROUPS, 'band'],
  kpi: ['metric', 'tags', 'aggregation', 'unit', 'compare'],
  heatmap: OF_GROUPS,
  table: OF_GROUPS,
  alerts: ['state', 'severity', 'rule', 'labels'],
  text: ['text'],
};
const GROUPED: readonly Field[] = ['top', 'compare'];

/** What is wrong with the fields of a component together; null where nothing is. */
function problemOf(component: Component): string | null {
  const { kind, x, w, by, band } = component;
  const fields = FIELDS[kind];
  const [needed] = fields;
  const has = (field: Field) => component[field] !== undefined;
  if (kind !== 'alerts' && needed !== undefined && !has(needed))
    return `${needed}: missing; ${kind} needs it`;
  const other = (Object.keys(component) as Field[]).find(
    (one) => !EVERYWHERE.includes(one) && !fields.includes(one),
  );
  if (other !== undefined) return `${other}: is nothing that ${kind} has; allowed are ${fields.join(', ')}`;
  if (x + w > COLUMNS) return `w: must be at most ${COLUMNS - x}: value was ${w}, and x is ${x}`;
  const grouped = GROUPED.find(has);
  if (kind !== 'kpi' && by === undefined && grouped !== undefined)
    return `${grouped}: needs by, which may be []`;
  return band === true && by !== undefined ? 'band: must be without by' : null;
}

/** @throws TactusError `TACTUS_REQUEST_INVALID` for what the schema alone does not refuse */
export function checkComponents({ components = [] }: Static<typeof DashboardSpec>): void {
  for (const [i, component] of components.entries()) {
    const problem = problemOf(component);
    if (problem !== null) throw new TactusError('TACTUS_REQUEST_INVALID', `spec.components.${i}.${problem}`);
  }
}

let compiled: ReturnType<ReturnType<typeof schemaCompiler>> | null = null;

/** Compiled when a link to a dashboard is used first: no start has to wait for it, and most processes never need it. */
function isComponent(one: unknown): one is Component {
  compiled ??= schemaCompiler([])({ schema: Component, httpPart: 'body', method: '', url: '' });
  return compiled(one) === true;
}

/** Those of a stored dashboard that can be shown; it may be older than what is checked now. */
export function componentsOf(spec: Readonly<Record<string, unknown>>): Component[] {
  const { components } = spec;
  if (!Array.isArray(components)) return [];
  return components.filter(isComponent).filter((one) => problemOf(one) === null);
}
