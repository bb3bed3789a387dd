import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLatencyOptions } from './latency/options.js';
import { readOptions } from './windowing/options.js';

describe('the options of bench latency', () => {
  it('measure Tactus beside Streams and the loop by default', () => {
    const { partitions, intervals, rate, only, keys } = readLatencyOptions([]);
    assert.deepEqual(
      { partitions, intervals, rate, only, keys },
      {
        partitions: [1, 4, 16, 64],
        intervals: [10, 100],
        rate: 10_000,
        only: ['tactus', 'streams', 'loop'],
        keys: 'series',
      },
    );
  });

  it('end within a quarter of an hour by default', () => {
    const of = readLatencyOptions([]);
    // Topics, starting, settling, the last commit, stopping.
    const besideLoad = 8;
    const each = of.warmSeconds + of.seconds + besideLoad;
    const cells = of.rounds * of.partitions.length * of.intervals.length * of.only.length;
    const warmUp = of.only.length * (of.warmUpSeconds + of.warmSeconds + besideLoad);
    assert.ok(cells * each + warmUp < 15 * 60);
  });

  it('are taken as given, contenders in the order in which they run', () => {
    const line =
      '--partitions 4,64 --intervals 100 --seconds 10 --rate 500 --only loop,tactus --keys none --rounds 2';
    const { partitions, intervals, seconds, rate, only, keys, rounds } = readLatencyOptions(line.split(' '));
    assert.deepEqual(
      { partitions, intervals, seconds, rate, only, keys, rounds },
      {
        ...{ partitions: [4, 64], intervals: [100], seconds: 10, rate: 500 },
        ...{ only: ['tactus', 'loop'], keys: 'none', rounds: 2 },
      },
    );
  });

  it('name what is wrong', () => {
    for (const [line, message] of [
      ['--partitions 0', '--partitions: must be a whole number from 1, not "0"'],
      ['--intervals=', '--intervals: must name at least one number'],
      ['--only flink', '--only: must be a list of tactus, streams, loop, windows, not "flink"'],
      ['--only=', '--only: must be a list of tactus, streams, loop, windows, not ""'],
      ['--keys some', '--keys: must be series or none, not "some"'],
    ] as const)
      assert.throws(() => readLatencyOptions(line.split(' ')), { message });
  });
});

describe('the options of bench windowing', () => {
  it('have 4 and 16 partitions by default, any others on demand', () => {
    assert.deepEqual(readOptions([]).partitions, [4, 16]);
    assert.deepEqual(readOptions(['--partitions', '16']).partitions, [16]);
    assert.throws(() => readOptions(['--partitions', '']), /--partitions: must name at least one number/);
  });
});
