import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countRequests, inTurn, type Run, summarise, table } from './report.js';

function run(
  contender: Run['contender'],
  p50: number | null,
  p99: number | null,
  more: Partial<Run> = {},
): Run {
  const acked = { count: 100, p50, p95: p99, p99, p999: p99 };
  return {
    ...{
      contender,
      partitions: 4,
      intervalMs: 10,
      round: 1,
      seconds: 10,
      idleCpu: 1,
      lost: 0,
      duplicates: 0,
    },
    ...{ acked, due: acked, requests: null, brokerCpuSeconds: null, ownCpuSeconds: null },
    ...more,
  };
}

describe('the requests of a latency run', () => {
  it('are those of transactions for each commit, fetches and heartbeats aside', () => {
    const requests = { Fetch: 500, Heartbeat: 5, Produce: 200, TxnOffsetCommit: 100, EndTxn: 100 };
    assert.deepEqual(countRequests(requests), { all: 905, commits: 100, perCommit: 4 });
  });

  it('have none per commit when there was no commit', () => {
    assert.deepEqual(countRequests({ Fetch: 3 }), { all: 3, commits: 0, perCommit: null });
  });
});

describe('the order of latency runs', () => {
  it('begins with another contender in each row', () => {
    const orders = [0, 1, 2, 3].map((row) => inTurn(['tactus', 'streams', 'loop'], row).join(' '));
    assert.deepEqual(orders, [
      'tactus streams loop',
      'streams loop tactus',
      'loop tactus streams',
      'tactus streams loop',
    ]);
  });
});

describe('the summary of latency runs', () => {
  it('has medians over the rounds, and ratios of them to the peers of the same row', () => {
    const rows = summarise([
      run('tactus', 20, 60),
      run('streams', 10, 20),
      run('loop', 5, 10),
      run('streams', 99, 99, { partitions: 16 }),
      ...[run('tactus', 30, 80, { round: 2 }), run('tactus', 90, 10, { round: 3 })],
    ]);
    const [tactus, streams, loop] = rows;
    assert.equal(rows.length, 4);
    assert.deepEqual([tactus?.p50, tactus?.p99], [30, 60]);
    assert.deepEqual([tactus?.leastP99, tactus?.mostP99], [10, 80]);
    assert.deepEqual(tactus?.ratios, { streams: { p50: 3, p99: 3 }, loop: { p50: 6, p99: 6 } });
    assert.deepEqual(streams?.ratios, { loop: { p50: 2, p99: 2 } });
    assert.deepEqual(loop?.ratios, { streams: { p50: 0.5, p99: 0.5 } });
  });

  it('has CPU and requests for each second', () => {
    const requests = { Produce: 30, EndTxn: 20 };
    const [row] = summarise([run('tactus', 1, 1, { requests, brokerCpuSeconds: 4, ownCpuSeconds: 2 })]);
    assert.deepEqual([row?.brokerCpu, row?.ownCpu], [0.4, 0.2]);
    assert.deepEqual([row?.requestsPerSecond, row?.commitsPerSecond, row?.requestsPerCommit], [5, 2, 2.5]);
  });

  it('leaves out what is not known', () => {
    const [row] = summarise([run('tactus', null, null), run('streams', 0, 0)]);
    assert.deepEqual([row?.p50, row?.brokerCpu, row?.requestsPerSecond], [null, null, null]);
    assert.deepEqual(row?.ratios, { streams: { p50: null, p99: null } });
  });

  it('is wrong when one round lost or doubled a point', () => {
    for (const wrong of [{ lost: 1 }, { duplicates: 1 }]) {
      const [row] = summarise([run('tactus', 1, 1, { round: 2 }), run('tactus', 1, 1, wrong)]);
      assert.equal(row?.correct, false);
    }
  });
});

describe('the table of latency runs', () => {
  it('has the rows of one number of partitions and one interval together', () => {
    const text = table(
      summarise([
        run('streams', 10, 20, { partitions: 16, lost: 3 }),
        ...[run('tactus', 20, 60), run('tactus', 20, 60, { partitions: 16 })],
        ...[run('streams', 10, 20)],
      ]),
    );
    const rows = text.split('\n').slice(1, 5);
    assert.deepEqual(
      rows.map((row) => row.split(/ +/).slice(0, 5)),
      [
        ['tactus', '4', '10', '20.0', '60.0'],
        ['streams', '4', '10', '10.0', '20.0'],
        ['tactus', '16', '10', '20.0', '60.0'],
        ['streams', '16', '10', '10.0', '20.0'],
      ],
    );
    assert.match(rows[0] as string, / 2\.00 +3\.00 .*right$/);
    assert.match(rows[3] as string, /WRONG$/);
    assert.doesNotMatch(text, /windows/);
  });

  it('has columns for windows when they were watched', () => {
    const windows = { count: 9, p50: 7, p95: 8, p99: 9, p999: 9 };
    assert.match(
      table(summarise([run('windows', 1, 2, { windows })])),
      /windows p50.*\n.* 7\.0 +9\.0 +right/,
    );
  });
});
