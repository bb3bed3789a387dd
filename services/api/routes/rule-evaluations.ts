import { type Static, Type } from 'typebox';
import type { Alert as AlertValue } from '../../../schemas/types.js';
import { historySql, type Moment, momentsOf } from '../../../shared/alerting/stored-history.js';
import { TactusError } from '../../../shared/core/errors.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { RuleOutcome } from '../acting/rule-tasks.js';
import type { Routes } from '../http/app.js';
import { PROBLEMS } from '../http/problem.js';
import { RangeQuery, rangeOf } from '../http/range.js';
import { seenSeries } from '../queries/seen-series.js';
import { TenantQuery, Time } from './requests.js';
import type { ApiServices } from './services.js';

/** Rows of the database that are evaluated at a time, and in one backtest. */
const MAX_ROWS = 20_000;
const MAX_ROWS_IN_ALL = 1_000_000;
const MAX_CHANGES = 1_000;
const PIECE_MS = 3_600_000;
const SHORTEST_PIECE_MS = 1_000;
const HOUR_MS = 3_600_000;
const MAX_RANGE_MS = 31 * 24 * HOUR_MS;
/** Part of the time that rules may take after which no further history is read. */
const READ_FOR = 0.8;
const MAX_SHOWN_MISTAKES = 100;

const RulesText = Type.String({
  maxLength: 524_288,
  description: 'A rules file, in YAML or JSON',
  examples: ['rules:\n  - { name: Slow, window: 10s, expr: mean > 300.0 }\n'],
});

const Mistakes = Type.Array(
  Type.Object(
    {
      line: Type.Union([Type.Integer(), Type.Null()]),
      column: Type.Union([Type.Integer(), Type.Null()]),
      ...{ key: Type.String(), message: Type.String() },
    },
    { title: 'Mistake' },
  ),
  { description: 'What is wrong in the file; nothing was evaluated where there is anything' },
);

const Checked = Type.Object({
  mistakes: Mistakes,
  rules: Type.Array(
    Type.Object(
      {
        ...{ name: Type.String(), on: Type.String(), severity: Type.String(), expr: Type.String() },
        record: Type.Union([Type.String(), Type.Null()], {
          description: 'The metric of a recording rule, whose severity says nothing; null for an alert rule',
        }),
      },
      { title: 'RuleSummary' },
    ),
  ),
  warnings: Type.Array(Type.String(), {
    description:
      'What is probably a mistake: names of metrics and tags of which nothing was seen; and what could not be checked',
  }),
});

const Tested = Type.Object({
  mistakes: Mistakes,
  ...{ passed: Type.Integer(), failed: Type.Integer() },
  tests: Type.Array(
    Type.Object({ name: Type.String(), problems: Type.Array(Type.String()) }, { title: 'RuleTest' }),
  ),
});

const Backtested = Type.Object({
  mistakes: Mistakes,
  windows: Type.Integer({ description: 'Of history, those that a rule has looked at' }),
  anomalies: Type.Integer({ description: 'Of history, those that a rule has looked at' }),
  fired: Type.Integer(),
  recorded: Type.Integer({ description: 'How many values recording rules gave' }),
  until: Type.String({ format: 'date-time', description: 'Up to where history was evaluated' }),
  complete: Type.Boolean({ description: 'False where it took too long or too much and ended before `to`' }),
  changes: Type.Array(
    Type.Object(
      {
        ...{ rule: Type.String(), state: Type.String(), severity: Type.String(), value: Type.Number() },
        ...{
          labels: Type.Record(Type.String(), Type.String()),
          annotations: Type.Record(Type.String(), Type.String()),
        },
        ...{ startsAt: Time, endsAt: Type.Union([Time, Type.Null()]) },
      },
      { title: 'AlertChange' },
    ),
  ),
});

/** Checks, tests and backtests of rules that are sent, none of which changes anything. */
export function ruleEvaluationRoutes(services: ApiServices): Routes {
  const { acting, clock, database } = services;
  const { evaluations } = acting;
  return (api) => {
    api.post(
      '/rules/check',
      {
        config: { right: 'read' },
        schema: {
          ...{ operationId: 'checkRules', summary: 'Check a rules file', tags: ['rules'] },
          body: Type.Object(
            {
              rules: RulesText,
              seen: Type.Boolean({
                default: false,
                description:
                  'Whether to look for the metrics and tags of rules among the series of the last day',
              }),
            },
            { additionalProperties: false },
          ),
          ...{ querystring: TenantQuery, response: { 200: Checked, ...PROBLEMS } },
        },
      },
      async ({ body: { rules, seen: looks }, asking: { tenantId }, gone }) => {
        const { seen, problem } = looks
          ? await seenSeries(database, tenantId, gone)
          : { seen: null, problem: null };
        const { windowsFile } = evaluations;
        const task = { kind: 'check', rules, windowsFile, seen } as const;
        return await evaluations.run(task, { tenantId, gone }, async ({ outcome }) => {
          if (outcome.kind !== 'check') return { mistakes: mistakesOf(outcome), rules: [], warnings: [] };
          const { rules: checked, warnings } = outcome;
          return {
            ...{ mistakes: [], rules: [...checked] },
            warnings: [...(problem === null ? [] : [problem]), ...warnings].slice(0, MAX_SHOWN_MISTAKES),
          };
        });
      },
    );
    api.post(
      '/rules/test',
      {
        config: { right: 'read' },
        schema: {
          ...{ operationId: 'testRules', summary: 'Run the tests of a file against rules', tags: ['rules'] },
          body: Type.Object(
            { rules: RulesText, tests: Type.String({ maxLength: 524_288, description: 'A file of tests' }) },
            { additionalProperties: false },
          ),
          ...{ querystring: TenantQuery, response: { 200: Tested, ...PROBLEMS } },
        },
      },
      async ({ body: { rules, tests }, asking: { tenantId }, gone }) =>
        await evaluations.run(
          { kind: 'test', rules, tests, waits: evaluations.waits },
          { tenantId, gone },
          async ({ outcome }) => {
            if (outcome.kind !== 'test')
              return { mistakes: mistakesOf(outcome), passed: 0, failed: 0, tests: [] };
            const failed = outcome.tests.filter(({ problems }) => problems.length > 0).length;
            return {
              ...{ mistakes: [], passed: outcome.tests.length - failed, failed },
              tests: outcome.tests.map(({ name, problems }) => ({ name, problems: [...problems] })),
            };
          },
        ),
    );
    api.post(
      '/rules/backtest',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'backtestRules',
          summary: "Which alerts rules would have raised over the tenant's stored windows and anomalies",
          tags: ['rules'],
          body: Type.Object({ rules: RulesText, ...RangeQuery }, { additionalProperties: false }),
          ...{ querystring: TenantQuery, response: { 200: Backtested, ...PROBLEMS } },
        },
      },
      async ({ body: { rules, ...times }, asking: { tenantId }, gone }) => {
        const range = rangeOf(times, clock.now(), {
          byDefaultMs: HOUR_MS,
          maxRangeMs: MAX_RANGE_MS,
          key: null,
        });
        return await backtest(services, { rules, tenantId, ...range, gone });
      },
    );
  };
}

interface Wanted {
  readonly rules: string;
  readonly tenantId: string;
  readonly start: number;
  readonly end: number;
  readonly gone: AbortSignal;
}

async function backtest(
  { acting: { evaluations }, database, clock }: ApiServices,
  { rules, tenantId, start, end, gone }: Wanted,
): Promise<Static<typeof Backtested>> {
  const task = { kind: 'backtest', rules, waits: evaluations.waits } as const;
  return await evaluations.run(task, { tenantId, gone }, async ({ outcome, passOn }) => {
    // Others have had their turn before.
    const until = clock.now() + READ_FOR * evaluations.timeoutMs;
    const nothing = {
      windows: 0,
      anomalies: 0,
      fired: 0,
      recorded: 0,
      until: isoTime(start),
      complete: false,
      changes: [],
    };
    if (outcome.kind !== 'backtest') return { ...nothing, mistakes: mistakesOf(outcome) };
    const read = async (from: number, to: number) =>
      await database.read(tenantId, 'reading history', gone, async (reader) => {
        const of = (table: 'windows' | 'anomalies') =>
          reader.rows<Record<string, unknown>>(`${historySql(`tactus_tenant.${table}`)} LIMIT $3`, [
            ...[from, to, MAX_ROWS + 1],
          ]);
        return [await of('windows'), await of('anomalies')] as const;
      });
    const changes: AlertValue[] = [];
    let looked = { windows: 0, anomalies: 0, recorded: 0 };
    let rows = 0;
    let at = start;
    let piece = PIECE_MS;
    while (at < end && clock.now() < until && changes.length < MAX_CHANGES) {
      const to = Math.min(end, at + piece);
      const [windows, anomalies] = await read(at, to);
      if (Math.max(windows.length, anomalies.length) > MAX_ROWS) {
        if (piece <= SHORTEST_PIECE_MS) break;
        piece = Math.max(SHORTEST_PIECE_MS, Math.floor(piece / 4));
        continue;
      }
      rows += windows.length + anomalies.length;
      if (rows > MAX_ROWS_IN_ALL) break;
      const moments: Moment[] = momentsOf(windows, anomalies);
      const answer = await passOn({ from: at, moments, until: to });
      if (answer.kind !== 'changes') throw new TactusError('TACTUS_INVARIANT', 'a backtest without changes');
      // As arguments of a call they may be too many.
      for (const change of answer.changes) changes.push(change);
      looked = { ...answer.looked, recorded: answer.recorded };
      at = to;
      piece = Math.min(PIECE_MS, piece * 2);
    }
    const shown = changes.slice(0, MAX_CHANGES);
    return {
      ...{
        ...looked,
        mistakes: [],
        until: isoTime(at),
        complete: at >= end && shown.length === changes.length,
      },
      fired: changes.filter(({ state }) => state === 'firing').length,
      changes: shown.map(({ rule, state, severity, value, labels, annotations, startsAt, endsAt }) => ({
        ...{ rule, state, severity, value, labels, annotations, startsAt: isoTime(startsAt) },
        endsAt: endsAt === null ? null : isoTime(endsAt),
      })),
    };
  });
}

function mistakesOf(outcome: RuleOutcome): Static<typeof Mistakes> {
  if (outcome.kind === 'mistakes')
    return outcome.mistakes
      .slice(0, MAX_SHOWN_MISTAKES)
      .map(({ line, column, key, message }) => ({ line, column, key, message }));
  const message = outcome.kind === 'failed' ? outcome.message : `unexpected outcome ${outcome.kind}`;
  throw new TactusError('TACTUS_INVARIANT', message);
}
