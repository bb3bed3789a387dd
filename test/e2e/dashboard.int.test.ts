import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { figure } from '../../services/dashboard/time/format.js';
import { openPage } from '../support/browser.js';
import { DashboardFixture, PASSWORD } from '../support/dashboard-fixture.js';
import { LiveHost } from '../support/live-host.js';
import { PlainClient } from '../support/plain-client.js';
import { until } from '../support/until.js';
import { WorkerProcess } from '../support/worker-process.js';

/*
 * What people do with the dashboard, in Chromium, while a whole pipeline runs behind it: a host is measured once a second, and
 * what the pages show is compared with what the pipeline has stored. One journey begins where the one before has ended.
 */

const WINDOWS = `windows:
  - { name: 1s, size: 1s, grace: 500ms }
  - { name: 10s, size: 10s, grace: 500ms }
`;
const DETECTION = 'detection:\n  - { metrics: "*", tenants: "*", window: 1s, above: 90 }\n';
const RULES = `rules:
  - { name: HostBusy, window: 1s, metric: system.cpu.*, expr: mean > 90.0, severity: critical }
`;
const WORKERS = ['ingest', 'windowing', 'anomaly', 'alerting', 'sink'];

const { METRIC } = LiveHost;
const CALM = 20;
const BUSY = 97;
/** Seconds of a minute some time ago in which the host was busier, but not so that the rule of the pipeline is concerned. */
const BURSTS = [
  [5, 9],
  [13, 16],
] as const;
const BURST = 70;
/** What a person waits for what is live. */
const SOON = { timeout: 30_000 };
/** What is measured is drawn so soon, on a machine with much else to do. */
const LIVE_MS = 10_000;

describe('journeys through the dashboard, over a pipeline that runs', { timeout: 280_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-journeys-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const workers: WorkerProcess[] = [];
  /** A minute that is over, whose figures are not going to change. */
  const past = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
  let dashboard: DashboardFixture;
  let host: LiveHost;
  let tenant: string;
  /** Of the operator who takes all of the journeys. */
  let page: Page;
  let faults: string[];
  before(async () => {
    dashboard = await DashboardFixture.start('journeys', {
      TACTUS_PARTITIONS: '1',
      TACTUS_DEDUP_WINDOW_MS: '1000',
      WINDOWS_FILE: file('windows.yaml', WINDOWS),
      RULES_FILE: file('rules.yaml', RULES),
      TACTUS_ANOMALY_FILE: file('detection.yaml', DETECTION),
      TACTUS_WARM_UP_MS: '0',
    });
    const { api } = dashboard;
    tenant = dashboard.tenant;
    for (const name of WORKERS) workers.push(new WorkerProcess(name, api.env));
    const client = new PlainClient(
      {
        KAFKA_BROKERS: api.env.KAFKA_BROKERS ?? '',
        SCHEMA_REGISTRY_URL: api.env.SCHEMA_REGISTRY_URL ?? '',
      },
      api.prefix,
    );
    await Promise.all(workers.map((worker) => worker.ready()));
    host = await LiveHost.connect(client, tenant, 'web-1');
    await host.send(
      Array.from({ length: 60 }, (_, second) => {
        const isBurst = BURSTS.some(([begin, end]) => second >= begin && second < end);
        return host.pointAt(past + second * 1_000, ((isBurst ? BURST : CALM) * 100 + second) / 100);
      }),
    );
    host.start();
  });
  after(async () => {
    await host?.stop();
    await Promise.all(workers.map((worker) => worker.stop()));
    await dashboard?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (path: string) => {
    const separator = path.includes('?') ? '&' : '?';
    const answer = await dashboard.api.ask(
      dashboard.key,
      `/api/v1${path}${separator}tenantId=${encodeURIComponent(tenant)}`,
    );
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const sql = async <T extends object>(text: string, values: readonly unknown[]) =>
    (await dashboard.api.pool.query<T>(text, [...values])).rows;
  const to = async (name: string) => {
    await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
  };
  /** Time and figure of each row of a table of figures. */
  const figuresIn = async (table: Locator): Promise<readonly (readonly [time: number, value: number])[]> =>
    await table
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader') })
      .evaluateAll((rows) =>
        rows.map(
          (row) =>
            [
              Date.parse(row.querySelector('time')?.getAttribute('datetime') ?? ''),
              Number(row.querySelector('td')?.textContent),
            ] as const,
        ),
      );
  /** By time, in ms. */
  const storedPoints = async (): Promise<ReadonlyMap<number, number>> => {
    const rows = await sql<{ readonly time: Date; readonly value: number }>(
      'SELECT time, value FROM tactus.metric_points WHERE tenant_id = $1 AND metric = $2',
      [tenant, METRIC],
    );
    return new Map(rows.map(({ time, value }) => [time.getTime(), value]));
  };

  it('lets somebody in who knows the password, and nobody else', async () => {
    const name = `ann.${tenant}`;
    const made = await dashboard.api.ask(dashboard.key, '/api/v1/users', {
      method: 'POST',
      headers: { 'x-scope-orgid': tenant },
      body: { name, role: 'operator', password: PASSWORD },
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    ({ page, faults } = await openPage(dashboard.browser, dashboard.api.url));
    await page.goto(dashboard.api.url);
    const logIn = async (password: string) => {
      await page.getByLabel('Name').fill(name);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Log in' }).click();
    };
    await logIn('not the password');
    await page.getByRole('alert').waitFor();
    // The browser reports that it was refused.
    faults.length = 0;
    await logIn(PASSWORD);
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  });

  it('shows a host live: what is measured is there within seconds, and is what is stored', async () => {
    await to('Explore');
    await page.getByRole('link', { name: METRIC }).first().click(SOON);
    await page.getByRole('button', { name: 'Range of time' }).click();
    await page.getByRole('menuitem', { name: 'Last 15 minutes' }).click();
    await page.getByRole('link', { name: 'Table', exact: true }).click();
    await page.getByText('Live', { exact: true }).waitFor(SOON);
    const table = page.getByRole('region', { name: `Figures of ${METRIC}` });
    const measuredAt = host.sent.at(-1)?.timestamp ?? 0;
    const drawn = await until('the next points', async () => {
      const rows = await figuresIn(table);
      return (rows[0]?.[0] ?? 0) > measuredAt && rows;
    });
    const behindMs = Date.now() - (drawn[0]?.[0] ?? 0);
    assert.ok(behindMs < LIVE_MS, `it is ${behindMs} ms behind`);
    assert.ok(drawn.length > 60, 'the minute that is over is among them');
    await until('the same to be stored', async () => {
      const stored = await storedPoints();
      return (
        stored.has(drawn[0]?.[0] ?? 0) && assert.deepEqual(new Map(drawn), only(stored, drawn)) === undefined
      );
    });
  });

  it('shows a busy host as an anomaly on the chart, as its story, and as an alert, while one looks', async () => {
    const inbox = await page.context().newPage();
    await inbox.goto(`${dashboard.api.url}/alerts`);
    await inbox.getByText('Nothing fires').waitFor(SOON);
    await page.getByRole('link', { name: 'Chart', exact: true }).click();
    host.load = BUSY;
    const reported = async (): Promise<readonly Reported[]> =>
      (await ask(`/anomalies?metric=${METRIC}`)).items;
    const busy = await until('the anomaly to be stored', async () =>
      (await reported()).find(({ value }) => value > BUSY),
    );
    await page
      .getByRole('group', { name: 'What happened' })
      .getByRole('button', { name: busy.explanation })
      .waitFor(SOON);
    const alert = await until(
      'the alert to be stored',
      async () => (await ask('/alerts?rule=HostBusy&state=firing')).items[0],
    );
    assert.deepEqual([alert.labels.host, alert.severity], ['web-1', 'critical']);
    await inbox.getByRole('link', { name: 'HostBusy', exact: true }).waitFor(SOON);
    await inbox.close();

    await to('Anomalies');
    await page.getByRole('article').getByRole('link', { name: METRIC }).first().click(SOON);
    const rows = page.getByRole('table', { name: 'What was reported' }).getByRole('row');
    await until('all that was reported to be shown', async () => {
      const stored = (await reported()).map(({ value, score }) => [figure(value), figure(score)].join());
      const shown = await rows.evaluateAll((all) =>
        all.slice(1).map((row) => [1, 3].map((at) => row.children[at]?.textContent).join()),
      );
      assert.deepEqual(shown.sort(), stored.sort());
      return true;
    });
  });

  it('finds a point that was refused, with the reason, and sends it again', async () => {
    await host.send([host.pointAt(Date.now(), Number.NaN)]);
    await page.goto(dashboard.api.url);
    await to('Dead letters');
    const first = await until('the dead letter', async () => (await ask('/dead-letters')).items[0]);
    assert.equal(first.error, 'TACTUS_VALUE_NOT_FINITE');
    await page.getByText(first.message, { exact: true }).first().click(SOON);
    await page.getByText('never', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Replay this one' }).click();
    await page.getByText('1 would be sent again').waitFor(SOON);
    await page.getByRole('button', { name: 'Replay 1' }).click();
    await page.getByText('1 replayed.').waitFor(SOON);
    const again = await until('it to be refused again', async () =>
      (await ask('/dead-letters')).items.find((one: { id: string }) => one.id !== first.id),
    );
    assert.deepEqual([again.error, again.attempts], [first.error, 1]);
    await page.getByText('2 in this range').waitFor(SOON);
    assert.deepEqual(faults, []);
  });
});

/** An anomaly as the API has it. */
interface Reported {
  readonly value: number;
  readonly score: number;
  readonly explanation: string;
}

/** Points whose times are among others. */
function only(points: ReadonlyMap<number, number>, others: readonly (readonly [number, number])[]) {
  const times = new Set(others.map(([time]) => time));
  return new Map([...points].filter(([time]) => times.has(time)));
}
