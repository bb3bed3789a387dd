import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { anomalies, type Table, windows } from '../../../services/sink/timescale/tables.js';
import { writeRows } from '../../../services/sink/timescale/write-rows.js';
import { migrate } from '../../../shared/adapters/postgres/migrate.js';
import { startDatabase, type TestDatabase } from '../../shared/adapters/postgres/database.js';
import { anomalyOf, EPOCH, windowOf } from '../../shared/alerting/helpers.js';
import { runTactus } from '../../support/command-line.js';

const RULES = `
rules:
  - name: Hot
    window: 10s
    metric: cpu
    expr: mean > 80.0 && count >= 10
    for: 30s
    annotations: { summary: "{{tags.host}} at {{value}} %" }
  - name: Slow
    window: 10s
    metric: latency_ms
    expr: quantiles["0.95"] > 900.0
  - name: Odd
    on: anomaly
    expr: anomaly.severity == "critical"
    severity: critical
    annotations: { summary: "{{explanation}}" }
  - name: Failing
    window: 10s
    metrics: { errors: { metric: errors, default: 0 }, requests: requests }
    expr: errors.sum / requests.sum > 0.5
`;
/** The window that ends with the first hour: history is read in pieces of one. */
const LAST = 359;
const timeOf = (n: number) => new Date(EPOCH + n * 10_000).toISOString();

describe('tactus rules backtest', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-backtest-'));
  const file = join(folder, 'rules.yaml');
  let database: TestDatabase;

  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
    writeFileSync(file, RULES);
  });
  after(async () => {
    await database.stop();
    rmSync(folder, { recursive: true });
  });

  async function store<T>(table: Table<T>, values: readonly T[]): Promise<void> {
    const rows = values.map((value, index) => ({ index, value }));
    assert.deepEqual((await writeRows(database.pool, table, rows, 1_000)).refusals, []);
  }
  const backtest = (from: string, to: string) =>
    runTactus(['rules', 'backtest', file, '--from', from, '--to', to], { DATABASE_URL: database.url });

  it('reports the alerts that the stored windows and anomalies would have raised, at the times of the history', async () => {
    const around = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
    await store(windows, [
      ...around(-3, -1).map((n) => windowOf(n, 99)),
      ...around(LAST - 3, LAST + 3).map((n) => windowOf(n, n < LAST - 1 || n > LAST + 2 ? 20 : 95)),
      windowOf(LAST, 500, { metric: 'latency_ms', quantiles: { '0.5': 480, '0.95': 950 } }),
      windowOf(LAST + 1, 500, { metric: 'latency_ms', quantiles: { '0.5': 480, '0.95': 850 } }),
      windowOf(LAST, 6, { metric: 'errors' }),
      windowOf(LAST, 10, { metric: 'requests' }),
      windowOf(LAST + 100, 99),
    ]);
    await store(anomalies, [
      anomalyOf(LAST, { metric: 'memory' }),
      anomalyOf(LAST + 1, { metric: 'disk', severity: 'warning' }),
    ]);
    const { code, stdout, stderr } = await backtest(timeOf(0), timeOf(LAST + 60));
    assert.equal(code, 0, stderr);
    const ofAcme = (rule: string, rest = '') =>
      `${rule}: alertname=${rule}, tenant=acme, severity=warning, ${rest}host=a`;
    const odd = 'critical Odd: 3.33x the expected 12 (band 10 to 14)';
    assert.deepEqual(stdout.split('\n'), [
      `${timeOf(LAST)} pending warning Hot: a at 95 %`,
      `${timeOf(LAST + 1)} firing warning ${ofAcme('Slow', 'metric=latency_ms, ')}`,
      `${timeOf(LAST + 1)} firing warning ${ofAcme('Failing')}`,
      `${timeOf(LAST + 1)} firing ${odd}`,
      `${timeOf(LAST + 2)} resolved warning ${ofAcme('Slow', 'metric=latency_ms, ')}`,
      // Fired 30 s after it began, in the second piece.
      `${timeOf(LAST + 3)} firing warning Hot: a at 95 %`,
      `${timeOf(LAST + 4)} resolved warning Hot: a at 95 %`,
      // After two and five minutes of silence.
      `${timeOf(LAST + 13)} resolved warning ${ofAcme('Failing')}`,
      `${timeOf(LAST + 31)} resolved ${odd}`,
      '11 windows, 4 alerts would have fired',
      '',
    ]);
  });

  it('ends now unless it is said otherwise, and rules check warns of what was never seen', async () => {
    const start = Date.now() - 600_000;
    const lately = { start, end: start + 10_000, watermark: start + 10_000, emittedAt: start + 10_000 };
    await store(windows, [
      windowOf(0, 99, { ...lately, metric: 'latency_ms', quantiles: { '0.5': 480, '0.95': 950 } }),
    ]);
    const env = { DATABASE_URL: database.url };
    const tested = await runTactus(['rules', 'backtest', file, '--from', '20m'], env);
    assert.equal(tested.code, 0, tested.stderr);
    assert.match(tested.stdout, /^1 windows, 1 alerts would have fired$/m);
    const checked = await runTactus(['rules', 'check', file, '--seen'], env);
    assert.equal(checked.code, 0, checked.stderr);
    assert.deepEqual(
      checked.stdout.split('\n').filter((line) => line.startsWith('warning')),
      ['Hot": no metric cpu', 'Failing": no metric errors', 'Failing": no metric requests'].map(
        (text) => `warning: rule "${text} was seen in windows "10s"`,
      ),
    );
  });

  it('refuses a time that is none', async () => {
    const { code, stderr } = await backtest('yesterday', timeOf(0));
    assert.equal(code, 2);
    assert.match(stderr, /'--from <time>' argument 'yesterday' is invalid. It must be a time such as /);
  });
});
