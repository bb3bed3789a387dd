import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Reading, summarise } from '../../../services/up/summary.js';
import { summaryLine, summaryScreen } from '../../../services/up/summary-text.js';
import { parsePrometheusText } from '../../../shared/process/prometheus-text.js';

function reading(at: number, texts: Readonly<Record<string, string>>): Reading {
  const workers = Object.entries(texts).map(([name, text]) => [
    name,
    { samples: parsePrometheusText(text), reasons: [], state: 'running', answered: true },
  ]);
  return { at, workers: Object.fromEntries(workers) };
}

const BEFORE = reading(1_000, {
  ingest: 'tactus_records_received_total{topic="ingest.metrics"} 100\n',
  windowing: 'tactus_records_sent_total{topic="windows"} 50\ntactus_records_sent_total{topic="late"} 1\n',
});

test('rates are what counters gained over the time between two readings', () => {
  const now = reading(3_000, {
    ingest:
      'tactus_records_received_total{topic="ingest.metrics"} 160\ntactus_records_received_total{topic="ingest.events"} 20\ntactus_records_refused_total{code="X"} 3\ntactus_consumer_lag_records{topic="ingest.metrics",partition="0"} 5\ntactus_consumer_lag_records{topic="ingest.metrics",partition="1"} 6\n',
    windowing:
      'tactus_records_sent_total{topic="windows"} 70\ntactus_records_sent_total{topic="late"} 4\ntactus_watermark_delay_seconds{partition="0"} 5.5\ntactus_watermark_delay_seconds{partition="1"} 7.25\n',
    alerting: 'tactus_alerts{state="firing"} 2\ntactus_alerts{state="pending"} 7\n',
  });
  const figures = summarise(now, BEFORE);
  assert.equal(figures.pointsPerSecond, 40);
  assert.equal(figures.windowsPerSecond, 10);
  assert.equal(figures.late, 4);
  assert.equal(figures.deadLetters, 3);
  assert.equal(figures.alertsFiring, 2);
  assert.equal(figures.watermarkDelaySeconds, 7.25);
  const [ingest, windowing] = figures.workers;
  assert.deepEqual(ingest, { name: 'ingest', state: 'ready', received: 40, sent: 0, lag: 11, refused: 3 });
  assert.equal(windowing?.lag, null);
});

test('a counter that fell has begun again at zero, and a worker that was not there has no rate yet', () => {
  const now = reading(2_000, {
    ingest: 'tactus_records_received_total{topic="ingest.metrics"} 30\n',
    sink: 'tactus_rows_stored_total{table="windows"} 1000000\n',
  });
  const figures = summarise(now, BEFORE);
  assert.equal(figures.pointsPerSecond, 30);
  assert.equal(figures.rowsPerSecond, 0);
  assert.equal(summarise(now, null).pointsPerSecond, 0);
});

test('a worker that is not ready says why, one that is being restarted says so', () => {
  const now: Reading = {
    at: 0,
    workers: {
      ingest: { samples: [], reasons: ['waiting for Kafka', 'restoring'], state: 'running', answered: true },
      sink: { samples: [], reasons: [], state: 'restarting', answered: false },
    },
  };
  const figures = summarise(now, null);
  const states = figures.workers.map(({ state }) => state);
  assert.deepEqual(states, ['not ready: waiting for Kafka; restoring', 'restarting']);
  assert.match(summaryLine(figures), /ingest not ready: waiting for Kafka; restoring, sink restarting$/);
});

test('the screen names each worker with its metrics address and never exceeds the width', () => {
  const figures = summarise(BEFORE, null);
  const wide = summaryScreen(figures, new Map([['ingest', 'http://127.0.0.1:9464']]), 200);
  assert.ok(wide.some((line) => line.startsWith('ingest') && line.includes('http://127.0.0.1:9464/metrics')));
  for (const line of summaryScreen(figures, new Map(), 40)) assert.ok(line.length <= 40);
});

test('what reconciliation found is that of the worst tenant, and never looks whole when it is not', () => {
  const none = summarise(BEFORE, null);
  assert.match(summaryLine(none), / complete - \| accurate - \| timely - /);
  const found = (completeness: string, accuracy: string) =>
    summarise(
      reading(0, {
        batch: `tactus_data_completeness_ratio{tenant="a"} 1
tactus_data_completeness_ratio{tenant="b"} ${completeness}
tactus_data_accuracy_ratio{tenant="a"} ${accuracy}
`,
        windowing: `tactus_window_emission_delay_seconds{quantile="0.99"} 0.12
tactus_window_emission_delay_seconds{quantile="0.5"} 0.07
`,
      }),
      null,
    );
  assert.match(summaryLine(found('1', '1')), / complete 1\.0 \| accurate 1\.0 \| timely 120 ms /);
  assert.match(summaryLine(found('0.9999999', '0.25')), / complete 0\.999999 \| accurate 0\.250000 /);
  const screen = summaryScreen(found('1', '1'), new Map(), 200).join('\n');
  assert.match(screen, /completeness 1\.0 {3}accuracy 1\.0 {3}timeliness p99 120 ms/);
});
