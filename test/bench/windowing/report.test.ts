import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Result, summarise } from './report.js';

function result(
  contender: string,
  partitions: number,
  recordsPerSecond: number,
  axis: Result['axis'],
): Result {
  return {
    ...{ contender, partitions, recordsPerSecond, axis, series: 1_000, points: 1e6, round: 1, load: 0 },
    ...{ seconds: 1, cpuSeconds: null, peakBytes: null, problems: [] },
  };
}

describe('the summary of windowing runs', () => {
  it('compares Tactus with points of other kinds with Tactus with gauges', () => {
    const rows = summarise([result('tactus', 4, 150, 'peers'), result('tactus-counters', 4, 75, 'kinds')]);
    assert.deepEqual(
      rows.map(({ ratios }) => ratios),
      [{}, { gauges: 0.5 }],
    );
  });

  it('compares with readers of the same number of partitions only', () => {
    const rows = summarise([
      result('consumer-performance', 4, 100, 'peers'),
      result('tactus', 4, 150, 'peers'),
      result('consumer-performance', 16, 50, 'partitions'),
      result('tactus', 16, 150, 'partitions'),
    ]);
    assert.deepEqual(
      rows
        .filter(({ contender }) => contender === 'tactus')
        .map(({ partitions, ratios }) => [partitions, ratios]),
      [
        [4, { 'consumer-performance': 1.5 }],
        [16, { 'consumer-performance': 3 }],
      ],
    );
  });
});
