import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { queryInstant, queryRange } from '../../../../../services/api/prometheus/promql/engine.js';
import { Budget } from '../../../../../services/api/prometheus/promql/model/budget.js';
import { MatcherMaker } from '../../../../../services/api/prometheus/promql/model/matchers.js';
import type { SeriesStore } from '../../../../../services/api/prometheus/promql/model/series-source.js';
import { instantData } from '../../../../../services/api/prometheus/result.js';
import { TactusError } from '../../../../../shared/core/errors.js';
import { evaluationOver } from './evaluation.js';
import { memorySource } from './memory-source.js';

const MINUTE = 60_000;
const source = memorySource([
  {
    labels: { __name__: 'app.requests', 'host.name': 'a.b', kind: 'x' },
    points: Array.from({ length: 60 }, (_, i) => [i * MINUTE, i * 30] as const),
  },
  {
    labels: { __name__: 'other', kind: 'x' },
    points: Array.from({ length: 60 }, (_, i) => [i * MINUTE, 2] as const),
  },
]);

const store: SeriesStore = { read: async (work) => await work(source) };

const at = async (query: string, time = 30 * MINUTE) =>
  instantData(await queryInstant(query, time, evaluationOver(source)), time).result;

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return 'none';
  } catch (error) {
    if (!(error instanceof TactusError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe('the engine', () => {
  it('takes names that are none of Prometheus, by __name__ or in quotes', async () => {
    const expected = [
      { metric: { __name__: 'app.requests', 'host.name': 'a.b', kind: 'x' }, value: [1_800, '900'] },
    ];
    assert.deepEqual(await at('{__name__="app.requests"}'), expected);
    assert.deepEqual(await at('{"app.requests", "host.name"=~"a.*"}'), expected);
    assert.deepEqual(await at('sum by ("host.name") ({"app.requests"})'), [
      { metric: { 'host.name': 'a.b' }, value: [1_800, '900'] },
    ]);
    assert.deepEqual(await at('rate({__name__="app.requests"}[10m]) * on (kind) other'), [
      { metric: { kind: 'x' }, value: [1_800, '1'] },
    ]);
  });

  it('refuses by name what it does not evaluate', async () => {
    const refused = {
      'holt_winter(other[5m], 0.5, 0.5)': /unknown function with name "holt_winter"/,
      'histogram_avg(other)': /the function "histogram_avg" is not supported/,
      'mad_over_time(other[5m])': /the function "mad_over_time" is not supported/,
      'limitk(1, other)': /the aggregation "limitk" is not supported/,
      'other anchored': /"other anchored" is not supported/,
      'other + fill(0) other': /"fill\(0\)" is not supported/,
      'other </ 1': /the operator <\/ is not supported/,
      'other[300]': /bad duration syntax: "300"/,
      'rate(other[1m + 2m])': /bad duration syntax/,
      '5m': /bad number or duration syntax: "5m"/,
      'other offset': /1:13: parse error: unexpected end of input/,
      'sum(\n  other))': /2:9: parse error: unexpected "\)"/,
    };
    for (const [query, message] of Object.entries(refused)) {
      const code = await codeOf(async () => await at(query));
      assert.match(code, /^TACTUS_PROMQL_INVALID/, query);
      assert.match(code, message, query);
    }
  });

  it('compiles patterns of so many instructions only, each once', async () => {
    const list = Array.from({ length: 200 }, (_, i) => `host-${i}.example`).join('|');
    const same = Array.from({ length: 3 }, () => `sum(other{host!~"${list}"})`).join(' + ');
    assert.equal(await codeOf(async () => await at(same)), 'none');
    const others = Array.from({ length: 1_000 }, (_, i) => `a=~".{9${i % 99}}${i}"`).join(',');
    assert.match(
      await codeOf(async () => await at(`other{${others}}`)),
      /make more than 16384 instructions together/,
    );
  });

  it('takes a list of names of any length, with signs escaped', async () => {
    const matches = (source: string, text: string) => new MatcherMaker().make('x', '=~', source).test(text);
    const lists = ['a|b', '', '|', 'a|', '|a', 'a||b', 'a\\.b|c\\|d', 'a\\\\|b', 'a\\-b|x/y z', '\\(a\\)'];
    for (const list of lists)
      for (const text of ['', 'a', 'b', 'a.b', 'axb', 'c|d', 'a\\', 'a-b', 'x/y z', '(a)'])
        assert.equal(matches(list, text), new RegExp(`^(?:${list})$`).test(text), `${list} ${text}`);
    const hosts = Array.from({ length: 700 }, (_, i) => `host-${i}\\\\.example`).join('|');
    assert.equal(await codeOf(async () => await at(`other{kind!~"${hosts}"}`)), 'none');
  });

  it('takes expressions only so long and so deep', async () => {
    assert.match(await codeOf(async () => await at('1'.repeat(16_385))), /16385 characters, at most 16384/);
    assert.match(await codeOf(async () => await at(`${'('.repeat(5_000)}1`)), /nested deeper than 256/);
    assert.match(await codeOf(async () => await at('-'.repeat(5_000) + 1)), /nested deeper than 256/);
    assert.match(await codeOf(async () => await at(`1${'+1'.repeat(5_000)}`)), /nested deeper than 256/);
    assert.deepEqual(await at(`1${'+1'.repeat(100)}`), [1_800, '101']);
  });

  it('answers or refuses every text, and does not fail otherwise', async () => {
    const words = fc.constantFrom(
      ...[
        'other',
        'sum',
        'by',
        '(',
        ')',
        '{',
        '}',
        '[',
        ']',
        '5m',
        ':',
        ',',
        '+',
        '-',
        '^',
        '==',
        'bool',
        'on',
        'kind',
      ],
      ...[
        'offset',
        '@',
        'end()',
        '1',
        '"x"',
        '=~',
        '=',
        'rate',
        'topk',
        'and',
        'group_left',
        'NaN',
        '`',
        '\\',
        '#',
        '\n',
      ],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 15 }).map((all) => all.join(' ')),
        ),
        async (query) => {
          await codeOf(async () => await at(query));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('ends at its limits', async () => {
    const range = { start: 0, end: 59 * MINUTE, step: MINUTE };
    const samples = async () => await queryRange('other', range, evaluationOver(source, { maxSamples: 100 }));
    assert.match(await codeOf(samples), /^TACTUS_PROMQL_FAILED: .*at most 100 are allowed/);
    const steps = async () => await queryRange('1', { ...range, step: 1 }, evaluationOver(source));
    assert.match(await codeOf(steps), /^TACTUS_PROMQL_INVALID: exceeded maximum resolution of 11000 points/);
    const late = async () =>
      await queryInstant('sum_over_time(other[200y:1ms])', 0, evaluationOver(source, { timeoutMs: 50 }));
    assert.match(await codeOf(late), /^TACTUS_QUERY_TIMEOUT: query timed out/);
  });

  it('ends where the labels that it makes would fill the memory', async () => {
    const fast = { timeoutMs: 1e9, maxSamples: 20_000 };
    const changing = memorySource(
      Array.from({ length: 10 }, (_, i) => ({
        labels: { __name__: 'changing', of: String(i) },
        points: Array.from({ length: 1_000 }, (_, n) => [n * 1_000, n * 10 + i] as const),
      })),
    );
    const steps = { start: 0, end: 999_000, step: 1_000 };
    // Each gives one series, so that its points alone are few.
    for (const query of [
      'sum(count_values("v", changing))',
      'max(label_replace(changing, "v", "x", "", "") * on () group_left (v) topk(1, count_values("v", changing)))',
    ]) {
      const found = async (last: number) =>
        await codeOf(
          async () => await queryRange(query, { ...steps, end: last }, evaluationOver(changing, fast)),
        );
      assert.equal(await found(10_000), 'none', query);
      assert.match(await found(999_000), /^TACTUS_PROMQL_FAILED: .*too many samples/, query);
    }
    // The same labels are made once.
    assert.equal(
      await codeOf(
        async () =>
          await queryRange(
            'sum(count_values("v", changing > bool 0))',
            steps,
            evaluationOver(changing, fast),
          ),
      ),
      'none',
    );
  });

  it('gives no label a value that grows and grows', async () => {
    const doubled = (times: number): string =>
      times === 0 ? 'other' : `label_replace(${doubled(times - 1)}, "kind", "$1$1", "kind", "(.*)")`;
    const length = async (times: number) =>
      (await at(`label_replace(${doubled(times)}, "x", "y", "", "")`)).length;
    assert.equal(await length(11), 1);
    const most = /^TACTUS_PROMQL_FAILED: label_(replace|join)\(\) makes a label longer than 4096/;
    assert.match(await codeOf(async () => await at(doubled(12))), most);
    const joined = `label_join(${doubled(11)}, "kind", ""${', "kind"'.repeat(9)})`;
    assert.match(await codeOf(async () => await at(joined)), most);
  });

  it('reads once, whatever it selects, and not at all where that is nothing', async () => {
    let reads = 0;
    const counting: SeriesStore = {
      read: async (work) => {
        reads++;
        return await work(source);
      },
    };
    const readsOf = async (query: string) => {
      reads = 0;
      await queryInstant(query, 30 * MINUTE, { ...evaluationOver(source), store: counting });
      return reads;
    };
    const selectors = Array.from({ length: 40 }, (_, i) => `sum(other offset ${i + 1}m)`);
    assert.equal(await readsOf(selectors.join(' + ')), 1);
    assert.equal(await readsOf('max_over_time(sum(rate(other[5m]) > 0)[10m:1m]) or topk(1, -other)'), 1);
    for (const query of [
      '1 + 1',
      '-vector(1)',
      '"text"',
      'sum(vector(time()))',
      'max_over_time(vector(1)[5m:1m])',
    ])
      assert.equal(await readsOf(query), 0, query);
  });

  it('ends where one step would keep the process from others', async () => {
    let time = 0;
    const turns = { now: () => (time += 100), yield: async () => {} };
    const limits = { maxSeries: 10, maxSamples: 1e6, timeoutMs: 1e9 };
    const budget = new Budget(limits, turns, new AbortController().signal);
    await assert.rejects(
      queryInstant(Array.from({ length: 30 }, () => 'vector(1)').join(' + '), 0, { store, budget }),
      /one step of the query takes longer than 1000 ms/,
    );
  });

  it('lets others have their turn, and ends when it is cancelled', async () => {
    const gone = new AbortController();
    let time = 0;
    let turns = 0;
    const budget = new Budget(
      { maxSeries: 10, maxSamples: 1e6, timeoutMs: 1e9 },
      {
        now: () => (time += 1),
        yield: async () => {
          turns++;
          if (turns === 3) gone.abort();
        },
      },
      gone.signal,
    );
    await assert.rejects(
      queryInstant('sum_over_time(vector(1)[10d:1s])', 0, { store, budget }),
      /its client has gone/,
    );
    assert.equal(turns, 3);
  });
});
