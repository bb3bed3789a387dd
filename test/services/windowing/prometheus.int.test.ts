import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MetricPoint, WindowAggregate } from '../../../schemas/types.js';
import { DEFAULT_DEFINITIONS } from '../../../shared/windows/definition.js';
import { randomOf } from '../../integrity/random.js';
import { pointOf, START } from '../../support/point.js';
import { Prometheus, type Sample } from '../../support/prometheus.js';
import { runWindowing } from '../../support/run-windowing.js';

const SERIES = 20;
const SAMPLES = 150;
/** Within the grace. */
const DISORDER_MS = 4_000;
const FIRST = DEFAULT_DEFINITIONS[0]?.name;

/** Counters at irregular times, with pauses of several windows, times without an increase, and resets. */
function countersOf(random: () => number): Map<string, Sample[]> {
  const series = new Map<string, Sample[]>();
  for (let i = 0; i < SERIES; i++) {
    let [timestamp, value] = [START + Math.floor(random() * 20_000), Math.floor(random() * 1e6)];
    const samples = Array.from({ length: SAMPLES }, (): Sample => {
      timestamp += 1 + Math.floor(random() < 0.05 ? random() * 90_000 : random() * 5_000);
      const what = random();
      if (what < 0.1) value = Math.floor(random() * 50);
      else if (what < 0.8) value += Math.floor(random() * 1_000);
      return { timestamp, value };
    });
    series.set(String(i), samples);
  }
  return series;
}

describe('increases of windows that follow each other', () => {
  const random = randomOf(11);
  const series = countersOf(random);
  let prometheus: Prometheus;
  let written: WindowAggregate[];
  before(async () => {
    prometheus = await Prometheus.start(series);
    const points = [...series].flatMap(([name, samples]) =>
      samples.map((sample): MetricPoint => {
        return pointOf({ metric: 'm_total', tags: { series: name }, kind: 'cumulative', ...sample });
      }),
    );
    const arrivals = points
      .map((point) => ({ now: point.timestamp + Math.floor(random() * DISORDER_MS), points: [point] }))
      .sort((a, b) => a.now - b.now);
    const end = Math.max(...points.map(({ timestamp }) => timestamp)) + 120_000;
    arrivals.push({ now: end, points: [pointOf({ metric: 'last', timestamp: end })] });
    const result = runWindowing(DEFAULT_DEFINITIONS, arrivals);
    assert.deepEqual(result.late, []);
    written = result.written.filter(({ metric }) => metric === 'm_total');
  });
  after(() => prometheus?.stop());

  /** Windows that fill this time, without a gap or an overlap. */
  const sumOf = (name: string, window: string, from: number, to: number, sizeMs: number) =>
    written
      .filter((one) => one.window === window && one.tags.series === name && (one.start - from) % sizeMs === 0)
      .filter(({ start, end }) => start >= from && end <= to)
      .reduce((sum, { increase }) => sum + (increase as number), 0);

  // A range that begins and ends with a sample is not extrapolated.
  it('add up to what a real Prometheus says over their whole range', async () => {
    let resets = 0;
    for (const [name, samples] of series) {
      const [first, last] = [samples[0], samples.at(-1)] as [Sample, Sample];
      const range = last.timestamp - first.timestamp;
      const wanted = (
        await prometheus.query(`increase(m_total{series="${name}"}[${range}ms])`, last.timestamp)
      ).get(name);
      for (const { name: window, ...definition } of DEFAULT_DEFINITIONS) {
        if (definition.kind === 'session') continue;
        const { sizeMs } = definition;
        const from = Math.floor(first.timestamp / sizeMs) * sizeMs;
        const to = (Math.floor(last.timestamp / sizeMs) + 1) * sizeMs;
        assert.equal(sumOf(name, window, from, to, sizeMs), wanted, `series ${name}, windows ${window}`);
      }
      resets += samples.filter(({ value }, i) => value < (samples[i - 1]?.value ?? 0)).length;
    }
    assert.ok(resets > 100);
  });

  it('do so from any sample to any later one whose windows begin right behind them', async () => {
    let compared = 0;
    for (const [name, samples] of series) {
      const isLastOfWindow = (i: number) =>
        Math.floor((samples[i]?.timestamp ?? 0) / 10_000) !==
        Math.floor((samples[i + 1]?.timestamp ?? 0) / 10_000);
      const ends = samples.flatMap((_, i) => (i < samples.length - 1 && isLastOfWindow(i) ? [i] : []));
      const [a, b] = [ends[Math.floor(ends.length / 4)], ends[Math.floor((ends.length * 3) / 4)]] as [
        number,
        number,
      ];
      const [from, to] = [samples[a], samples[b]] as [Sample, Sample];
      const range = to.timestamp - from.timestamp;
      const expression = `increase(m_total{series="${name}"}[${range}ms])`;
      const behind = ({ timestamp }: Sample) => (Math.floor(timestamp / 10_000) + 1) * 10_000;
      const wanted = (await prometheus.query(expression, to.timestamp)).get(name);
      assert.equal(sumOf(name, FIRST as string, behind(from), behind(to), 10_000), wanted, `series ${name}`);
      compared += 1;
    }
    assert.equal(compared, SERIES);
  });
});
