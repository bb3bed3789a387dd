import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert, Anomaly } from '../../../../../services/dashboard/api/operations.js';
import { concernsOf } from '../../../../../services/dashboard/pages/overview/concerns.js';
import { bySeverity } from '../../../../../services/dashboard/pages/overview/firing.js';
import { firstPointCommand } from '../../../../../services/dashboard/pages/overview/first-point.js';
import { partitionsOf } from '../../../../../services/dashboard/pages/overview/places.js';
import { type Proof, proofOf, type Quality } from '../../../../../services/dashboard/pages/overview/proof.js';
import { courseOf, remembered, sampleAt } from '../../../../../services/dashboard/pages/overview/samples.js';
import { storiesOf } from '../../../../../services/dashboard/pages/overview/stories.js';
import { pipelineOf, workerOf } from './sample-pipeline.js';

const at = (second: number) => pipelineOf({ sampledAt: new Date(second * 1_000).toISOString() });

describe('what is remembered of the pipeline', () => {
  it('is each sample once, in order, and no more than some', () => {
    let known = remembered([], at(5));
    known = remembered(remembered(known, at(5)), at(4));
    assert.equal(known.length, 1);
    for (let second = 6; second < 500; second += 1) known = remembered(known, at(second));
    assert.equal(known.length, 120);
    assert.equal(known.at(-1)?.sampledAt, at(499).sampledAt);
  });

  it('is looked up by the moment', () => {
    const known = [at(10), at(20), at(30)];
    const found = (second: number) => sampleAt(known, second * 1_000)?.sampledAt;
    assert.deepEqual(
      [found(5), found(20), found(29), found(99)],
      [10, 20, 20, 30].map((one) => at(one).sampledAt),
    );
    assert.equal(sampleAt([], 0), undefined);
    assert.deepEqual(courseOf(known, () => 1)[1], [20_000, 1]);
  });
});

const figures = {
  windows: 0,
  equal: 0,
  storedPoints: 0,
  countedPoints: 0,
  latePoints: 0,
  completeness: 1,
  accuracy: 1,
};
const none = { late: 0, refused: 0, missing: 0, duplicated: 0, wrong: 0 };

const qualityOf = (windows: readonly object[]) =>
  ({
    ...{ from: '', to: '', stepMs: 60_000 },
    windows: windows.map((one) => ({
      ...{ window: '10s', ...figures, differing: none, delayMs: { p50: 1, p99: 2 }, slots: [], steps: [] },
      ...one,
    })),
  }) as Quality;

describe('the proof', () => {
  it('is of all definitions together, by figures and not by the mean of shares', () => {
    const proof = proofOf(
      qualityOf([
        { windows: 99, equal: 99, storedPoints: 10, countedPoints: 9, latePoints: 1 },
        {
          ...{ windows: 1, equal: 0, storedPoints: 10, countedPoints: 8, latePoints: 0 },
          ...{ differing: { ...none, missing: 1 }, delayMs: { p50: null, p99: 90 } },
        },
      ]),
    );
    assert.deepEqual(
      [proof.windows, proof.accuracy, proof.completeness, proof.differing, proof.timelinessMs],
      [100, 0.99, 18 / 20, 1, 90],
    );
  });

  it('claims nothing of what was not compared', () => {
    const proof = proofOf(qualityOf([{}]));
    assert.deepEqual([proof.accuracy, proof.completeness], [null, null]);
    assert.deepEqual(proofOf(qualityOf([])).timelinessMs, null);
  });

  it('has the steps of all definitions in order of time', () => {
    const step = (minute: number, equal: number) => ({
      ...{ start: new Date(minute * 60_000).toISOString(), slots: 1, ...figures, windows: 2, equal },
      delayMs: { p50: null, p99: null },
    });
    const { courses } = proofOf(qualityOf([{ steps: [step(2, 2)] }, { steps: [step(1, 1), step(2, 0)] }]));
    assert.deepEqual(courses.accuracy, [
      [60_000, 0.5],
      [120_000, 0.5],
    ]);
  });
});

describe('whether all is well', () => {
  const proof = { completeness: 1, accuracy: 1 } as Proof;

  it('is so without concerns', () => {
    assert.deepEqual(concernsOf({ pipeline: pipelineOf(), proof, alerts: {}, stale: [] }), []);
  });

  it('is not while a worker stands, an alert fires or a target is missed; the gravest first', () => {
    const down = workerOf('sink', 'metrics', [], { records: 1, seconds: 1, health: 'down' });
    const behind = workerOf('ingest', 'ingest.metrics', [], { records: 1, seconds: 40, health: 'behind' });
    const concerns = concernsOf({
      pipeline: pipelineOf({ workers: [behind, down] }),
      proof: { ...proof, completeness: 0.9, accuracy: 0.99899 },
      alerts: { critical: 1, warning: 2 },
      stale: ['alerts'],
    });
    assert.deepEqual(
      concerns.map(({ tone, text }) => `${tone}: ${text}`),
      [
        'bad: sink does not run',
        'bad: 1 critical alert fires',
        'warn: ingest is behind',
        'warn: 2 warning alerts fire',
        'warn: 90.00 % of the points are in their windows',
        'warn: 99.89 % of the windows are right',
        'warn: how it is now is not known of alerts',
      ],
    );
  });

  it('counts alerts that nobody has taken on', () => {
    const alert = (severity: string, more = {}) =>
      ({ severity, acknowledged: false, silenced: false, ...more }) as Alert;
    assert.deepEqual(
      bySeverity([
        alert('info'),
        alert('critical'),
        alert('critical', { acknowledged: true }),
        alert('info', { silenced: true }),
      ]),
      { critical: 1, info: 1 },
    );
  });
});

describe('anomalies of the last hour', () => {
  it('are one story for each series, the gravest first', () => {
    const one = (id: string, tags: Record<string, string>, severity: string, start: string) =>
      ({ id, metric: 'cpu', tags, severity, start }) as unknown as Anomaly;
    const stories = storiesOf([
      one('d', { a: '1', b: '2' }, 'warning', '2026-01-04'),
      one('c', { b: '2', a: '1' }, 'warning', '2026-01-03'),
      one('b', { a: '9' }, 'warning', '2026-01-05'),
      one('a', {}, 'critical', '2026-01-01'),
    ]);
    assert.deepEqual(
      stories.map(({ newest, many }) => [newest.id, many]),
      [
        ['a', 1],
        ['b', 1],
        ['d', 2],
      ],
    );
  });
});

describe('partitions of a worker', () => {
  it('are those that are farthest behind first, and say where nothing is committed', () => {
    const worker = workerOf('ingest', 'ingest.metrics', [], { records: 9, seconds: 3 });
    assert.deepEqual(
      partitionsOf(worker).map(({ partition, next }) => [partition, next]),
      [
        [0, null],
        [1, 4],
      ],
    );
  });
});

describe('the command of the first point', () => {
  it('has address and key, quoted for a shell', () => {
    const command = firstPointCommand('http://127.0.0.1:8080/', `k'$(id)`);
    assert.ok(command.includes(`'http://127.0.0.1:8080/api/v1/metrics'`), command);
    assert.ok(command.includes(`'Authorization: Bearer k'\\''$(id)'`), command);
  });

  it('has places for what is not known', () => {
    assert.match(firstPointCommand(null, null), /YOUR_KEY[\s\S]*YOUR_GATEWAY/);
  });
});
