import avro from 'avsc';
import pg from 'pg';
import type { StackEnv } from '../../../services/up/embedded/stack.js';
import { type PlainClient, type PlainPoint, POINT_SCHEMA } from '../../support/plain-client.js';
import { Findings } from '../findings.js';
import { readBytes, readTopic } from '../read-topic.js';
import type { Outcome } from '../scenario.js';

/** Key and value of a record of `metrics` that nobody can decode. */
export const GARBAGE = 'garbage';

interface WindowRecord {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Record<string, string>;
  readonly window: string;
  readonly start: number;
  readonly count: number;
  readonly sum: number;
}

/** What a row must say, by what identifies it. */
type Rows = Map<string, string>;

/** Compares the tables with the topics: one row for each id, with the figures of the log. */
export async function verify(client: PlainClient, env: StackEnv): Promise<Outcome> {
  const findings = new Findings();
  const points: Rows = new Map();
  const garbage = new Set<string>();
  let records = 0;
  const type = avro.Type.forSchema(POINT_SCHEMA as unknown as avro.Schema);
  for await (const { partition, offset, key, value } of readBytes(client, env, 'metrics')) {
    records += 1;
    if (key === GARBAGE) {
      garbage.add(`${partition} ${offset}`);
      continue;
    }
    // What another writer's schema appends is behind these fields.
    const point = type.decode(value, 5).value as PlainPoint;
    points.set(
      `${point.tenantId} ${point.id}`,
      sayPoint(point.metric, point.tags, point.timestamp, point.value),
    );
  }
  const windows: Rows = new Map();
  await readTopic<WindowRecord>(client, env, 'windows', ({ value: w }) => {
    windows.set(`${w.tenantId} ${w.metric} ${sayTags(w.tags)} ${w.window} ${w.start}`, `${w.count} ${w.sum}`);
  });

  const database = new pg.Client({ connectionString: env.DATABASE_URL });
  await database.connect();
  try {
    await compare(database, 'metric_points', points, findings, POINTS, (row) => [
      `${row.tenant_id} ${row.id}`,
      sayPoint(row.metric, row.tags, Number(row.at), row.value),
    ]);
    await compare(database, 'windows', windows, findings, WINDOWS, (row) => [
      `${row.tenant_id} ${row.metric} ${sayTags(row.tags)} ${row.window} ${row.at}`,
      `${row.count} ${row.sum}`,
    ]);
  } finally {
    await database.end();
  }
  const refused = new Set<string>();
  await readTopic<{ partition: number; offset: number; message: string }>(client, env, 'dlq', ({ value }) => {
    const place = `${value.partition} ${value.offset}`;
    if (!garbage.has(place)) findings.add('dlq foreign', value.message);
    refused.add(place);
  });
  for (const place of garbage) if (!refused.has(place)) findings.add('dlq missing', place);

  const rows = (table: string, wanted: Rows) =>
    `${table}: ${wanted.size} rows expected, ${findings.counts(table, ['duplicated', 'missing', 'wrong', 'foreign'])}`;
  return {
    findings,
    lines: [
      `metrics: ${records} records, ${records - points.size - garbage.size} of them repetitions`,
      rows('metric_points', points),
      rows('windows', windows),
      `dlq: ${garbage.size} expected at least once, ${findings.counts('dlq', ['missing', 'foreign'])}`,
    ],
  };
}

interface Row {
  readonly tenant_id: string;
  readonly metric: string;
  readonly tags: Record<string, string>;
  /** Milliseconds. */
  readonly at: string;
  readonly id: string;
  readonly value: number;
  readonly window: string;
  readonly count: string;
  readonly sum: number;
}

const POINTS = `SELECT tenant_id, id, metric, tags, extract(epoch FROM time) * 1000 AS at, value
  FROM tactus.metric_points WHERE tenant_id = $1`;
const WINDOWS = `SELECT tenant_id, metric, tags, "window", round(extract(epoch FROM start) * 1000)::text AS at, count, sum
  FROM tactus.windows WHERE tenant_id = $1`;

async function compare(
  database: pg.Client,
  table: string,
  wanted: Rows,
  findings: Findings,
  statement: string,
  say: (row: Row) => readonly [key: string, what: string],
): Promise<void> {
  const seen = new Set<string>();
  const tenants = new Set([...wanted.keys()].map((key) => key.slice(0, key.indexOf(' '))));
  for (const tenant of tenants) {
    const { rows } = await database.query<Row>(statement, [tenant]);
    for (const row of rows) {
      const [key, what] = say(row);
      if (seen.has(key)) findings.add(`${table} duplicated`, key);
      seen.add(key);
      const right = wanted.get(key);
      if (right === undefined) findings.add(`${table} foreign`, key);
      else if (right !== what) findings.add(`${table} wrong`, `${key} is ${what}, should be ${right}`);
    }
  }
  for (const key of wanted.keys()) if (!seen.has(key)) findings.add(`${table} missing`, key);
}

function sayPoint(metric: string, tags: Record<string, string>, at: number, value: number): string {
  return `${metric} ${sayTags(tags)} at ${at}: ${value}`;
}

function sayTags(tags: Record<string, string>): string {
  return Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .join(' ');
}
