import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { queryInstant, queryRange } from '../../../../../services/api/prometheus/promql/engine.js';
import { formatExpression } from '../../../../../services/api/prometheus/promql/format.js';
import { parseExpression } from '../../../../../services/api/prometheus/promql/syntax/parse.js';
import { instantData, type QueryData, rangeData } from '../../../../../services/api/prometheus/result.js';
import { TactusError } from '../../../../../shared/core/errors.js';
import { Prometheus } from '../../../../support/prometheus.js';
import { difference, type Outcome } from './compare.js';
import { DATA_SET, END, openMetrics, START } from './data-set.js';
import { evaluationOver } from './evaluation.js';
import { languageSeries } from './language-data.js';
import { memorySource } from './memory-source.js';
import * as computing from './queries/computing.js';
import { DASHBOARDS } from './queries/dashboards.js';
import * as functions from './queries/functions.js';
import { LANGUAGE } from './queries/language.js';
import { MISTAKES } from './queries/mistakes.js';
import * as selecting from './queries/selecting.js';

const ALL = [...DATA_SET, ...languageSeries(START)];
const source = memorySource(ALL);

const ERROR_TYPES: Readonly<Record<string, string>> = {
  TACTUS_PROMQL_INVALID: 'bad_data',
  TACTUS_PROMQL_FAILED: 'execution',
  TACTUS_QUERY_TIMEOUT: 'timeout',
};

async function outcome(run: () => Promise<QueryData>): Promise<Outcome> {
  try {
    return { data: await run(), error: null };
  } catch (error) {
    if (!(error instanceof TactusError)) throw error;
    return { data: null, error: { type: ERROR_TYPES[error.code] ?? error.code, message: error.message } };
  }
}

const TOPICS = { ...selecting, ...computing, ...functions, MISTAKES, DASHBOARDS };

const INSTANTS = [START + 7_200_000, START + 8_100_000 + 17_123, END - 300_000];
const RANGES = [
  { start: START - 600_000, end: END + 600_000, step: 411_000 },
  { start: START + 7_200_000, end: START + 7_800_000, step: 15_000 },
];

describe('PromQL compared with Prometheus 2.42 over the same points', () => {
  let prometheus: Prometheus;
  const counted = { equal: 0, refused: 0, wrong: 0 };

  before(async () => {
    prometheus = await Prometheus.holding(openMetrics(ALL));
  });
  after(async () => {
    const { equal, refused, wrong } = counted;
    process.stdout.write(
      `# PromQL compared with Prometheus: ${equal} equal, ${refused} refused, ${wrong} wrong\n`,
    );
    await prometheus.stop();
  });

  const seconds = (ms: number) => (ms / 1_000).toFixed(3);

  async function theirs(path: string, parameters: Readonly<Record<string, string>>): Promise<Outcome> {
    const { data, errorType = '', error = '' } = await prometheus.ask(path, parameters);
    return data === undefined
      ? { data: null, error: { type: errorType, message: error } }
      : { data: data as QueryData, error: null };
  }

  /** @returns what differs, in words */
  async function compared(query: string, times = INSTANTS, steps = RANGES): Promise<string[]> {
    const isOrdered =
      /^(sort|sort_desc|topk|bottomk)\b/.test(query) && !/\b(by|without)\b/.test(query.slice(0, 20));
    const instants = times.map(async (time) => {
      const own = await outcome(async () =>
        instantData(await queryInstant(query, time, evaluationOver(source)), time),
      );
      const other = await theirs('/api/v1/query', { query, time: seconds(time) });
      return [own, other, isOrdered, `at ${time - START}`] as const;
    });
    const ranges = steps.map(async ({ start, end, step }) => {
      const own = await outcome(async () =>
        rangeData(await queryRange(query, { start, end, step }, evaluationOver(source))),
      );
      const parameters = { query, start: seconds(start), end: seconds(end), step: seconds(step) };
      return [own, await theirs('/api/v1/query_range', parameters), false, `every ${step}`] as const;
    });
    const mistakes: string[] = [];
    for (const [own, other, ordered, when] of await Promise.all([...instants, ...ranges])) {
      const differs = difference(own, other, ordered);
      if (differs === null) counted.equal++;
      else if (own.error !== null && other.error === null) counted.refused++;
      else counted.wrong++;
      if (differs !== null) mistakes.push(`${query} ${when}: ${differs}`);
    }
    return mistakes;
  }

  for (const [topic, queries] of Object.entries(TOPICS))
    it(`${topic.toLowerCase().replaceAll('_', ' ')}: ${queries.length} queries`, async () => {
      const mistakes: string[] = [];
      for (const query of queries) mistakes.push(...(await compared(query)));
      assert.deepEqual(mistakes, []);
    });

  for (const [topic, { at, ranges = [], queries }] of Object.entries(LANGUAGE))
    it(`its own tests, ${topic}: ${queries.length} queries`, async () => {
      const ms = (seconds: number) => START + seconds * 1_000;
      const times = at.map(ms);
      const steps = ranges.map(([start, end, step]) => ({
        start: ms(start),
        end: ms(end),
        step: step * 1_000,
      }));
      const mistakes: string[] = [];
      for (const query of queries) {
        const timed = query.replaceAll(/@\{([\d.]+)\}/g, (_, second) => String(ms(Number(second)) / 1_000));
        mistakes.push(...(await compared(timed, times, steps)));
      }
      assert.deepEqual(mistakes, []);
    });

  it('expressions are written in the same form', async () => {
    const mistakes: string[] = [];
    const long = [...DASHBOARDS, ...selecting.SELECTORS].map(
      (query) => `(${query}) / (${query}) + -(${query})`,
    );
    for (const query of [...new Set([...Object.values(TOPICS).flat(), ...long])]) {
      const { data } = await prometheus.ask('/api/v1/format_query', { query });
      if (data === undefined) continue;
      const own = formatExpression(parseExpression(query, true));
      if (own !== data) mistakes.push(`${query}: ${own} instead of ${data}`);
    }
    assert.deepEqual(mistakes, []);
  });
});
