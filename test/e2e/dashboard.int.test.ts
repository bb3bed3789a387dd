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
/** What only those are offered who may change something. */
const CHANGES = /^(acknowledge|silence|new|make|add|edit|save|share|duplicate|import|remove|replay|mute\b)/i;

describe('journeys through the dashboard, over a pipeline that runs', { timeout: 280_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-journeys-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const workers: WorkerProcess[] = [];
  /** A minute that is over, whose figures are not going to change. */
  const past = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
  const ofPast = `from=${past}&to=${past + 60_000}`;
  let dashboard: DashboardFixture;
  let host: LiveHost;
  let tenant: string;
  /** Of the operator who takes all of the journeys. */
  let page: Page;
  let faults: string[];
  let alert: {
    readonly fingerprint: string;
    readonly severity: string;
    readonly labels: Record<string, string>;
  };
  /** The id of the dashboard that is built. */
  let board: string;

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
  const tokenOf = async (of: Page, username: string): Promise<string> => {
    const { url } = dashboard.api;
    const answer = await of.request.post(`${url}/api/v1/auth/login`, {
      headers: { origin: url },
      data: { username, password: PASSWORD },
    });
    return (await answer.json()).access_token;
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
    alert = await until(
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

  it('lets one acknowledge the alert with a comment, and silence it after saying what that hides', async () => {
    await to('Alerts');
    await page.getByRole('checkbox', { name: /^Choose HostBusy / }).check(SOON);
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What is being done').fill('load is shed');
    await dialog.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('1 acknowledged.').waitFor(SOON);
    await page.getByText('Nothing fires').waitFor();
    const stored = async () => await ask(`/alerts/${alert.fingerprint}`);
    const done = await until('who has acknowledged it', async () =>
      (await stored()).history.find(({ state }: { readonly state: string }) => state === 'acknowledged'),
    );
    assert.deepEqual([done.by, done.comment], [`user:ann.${tenant}`, 'load is shed']);
    await page.getByRole('button', { name: /^acknowledged/ }).click();
    await page.getByRole('link', { name: 'HostBusy', exact: true }).click();
    await page.getByText('load is shed').waitFor(SOON);

    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    const preview = dialog.getByRole('status');
    await preview.getByText('It hides 1 alert now').waitFor(SOON);
    await preview.getByText('HostBusy').waitFor();
    await dialog.getByLabel('Comment').fill('known');
    await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await until('it to be silenced', async () => (await stored()).silenced);
    await page.getByRole('definition').filter({ hasText: 'silenced' }).waitFor(SOON);
    const [silence] = (await ask('/silences')).items;
    assert.deepEqual([silence.comment, silence.active], ['known', true]);
  });

  it('makes a rule of a chart, whose back-test finds what the stored windows say, and which comes into force', async () => {
    await page.goto(`${dashboard.api.url}/explore?metric=${METRIC}&${ofPast}`);
    await page.getByRole('button', { name: 'Make a rule' }).click(SOON);
    await page.getByRole('spinbutton', { name: 'Alert at' }).fill('60');
    await page.getByRole('link', { name: 'Make the rule' }).click();
    const condition = page.getByLabel('Condition (CEL)');
    await condition.waitFor();
    assert.equal(await condition.inputValue(), 'mean > 60.0');
    await page.getByLabel('Name', { exact: true }).fill('Burst');
    await page.getByLabel('For at least').fill('');
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Window', { exact: true }).fill('1s');
    const windows = await until('the windows of the minute', async () => {
      const rows = await sql<{ readonly window: string; readonly mean: number }>(
        `SELECT "window", mean FROM tactus.windows WHERE tenant_id = $1
           AND start >= to_timestamp($2 / 1000.0) AND start < to_timestamp($3 / 1000.0) ORDER BY start`,
        [tenant, past, past + 60_000],
      );
      return rows.length === 66 && rows;
    });
    const seconds = windows.filter(({ window }) => window === '1s').map(({ mean }) => mean > 60);
    const bursts = seconds.filter((isHigh, i) => isHigh && seconds[i - 1] !== true).length;
    assert.equal(bursts, BURSTS.length);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText(`${bursts} would have fired`).waitFor(SOON);
    await page.getByText(`over ${seconds.length} windows`).waitFor();
    await page.getByRole('button', { name: 'Make the rule' }).click();
    await page.getByRole('link', { name: 'Burst', exact: true }).waitFor();
    const { expr, window, origin } = await ask('/rules/Burst');
    assert.deepEqual([expr, window, origin], ['mean > 60.0', '1s', 'api']);
    // The host still is busy.
    await until('its first alert', async () => (await ask('/alerts?rule=Burst&state=firing')).items[0]);
  });

  it('builds a dashboard, which has the stored figures after a reload too, and shares it until that is revoked', async () => {
    await to('Dashboards');
    await page.getByRole('button', { name: 'New dashboard' }).click();
    await page.getByLabel('Title').fill('Host');
    await page.getByRole('button', { name: 'Create' }).click();
    for (const [kind, title] of [
      ['Figure', 'In all'],
      ['Chart', 'Over time'],
    ] as const) {
      await page.getByRole('button', { name: 'Add a widget' }).click();
      await page.getByRole('menuitem', { name: kind }).click();
      const editor = page.getByRole('dialog');
      await editor.getByLabel('Title').fill(title);
      await editor.getByLabel('Metric').fill(METRIC);
      await editor.getByLabel('Of the points of a step').selectOption('sum');
      await editor.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('article', { name: title }).waitFor();
    }
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Edit', exact: true }).waitFor();
    const address = new URL(page.url());
    const id = address.pathname.split('/').at(-1) as string;
    const stored = [...(await storedPoints())].filter(([time]) => time >= past && time < past + 60_000);
    const sum = stored.reduce((all, [, value]) => all + value, 0);
    const figureOn = async (of: Page) => {
      const figure = of.getByRole('article', { name: 'In all' }).locator('data');
      return Number(await figure.getAttribute('value', SOON));
    };
    await page.goto(`${dashboard.api.url}/dashboards/${id}?${ofPast}`);
    for (const again of [false, true]) {
      if (again) await page.reload();
      close(await figureOn(page), sum);
      const chart = page.getByRole('article', { name: 'Over time' });
      await chart.getByRole('button', { name: 'View as table' }).click(SOON);
      const drawn = await figuresIn(chart);
      close(
        drawn.reduce((all, [, value]) => all + value, 0),
        sum,
      );
    }

    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByLabel('What it is for').fill('the wall');
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = await page
      .getByRole('region', { name: 'Link to the dashboard' })
      .locator('pre')
      .textContent();
    const { page: wall, faults: faultsOfWall } = await openPage(dashboard.browser, dashboard.api.url);
    await wall.goto((link ?? '').trim());
    await wall.getByText('Read-only, by a link that is good until').waitFor(SOON);
    assert.ok((await figureOn(wall)) > sum, 'of the last hour');
    assert.equal(await wall.getByRole('link').count(), 0, 'nothing leads elsewhere');
    assert.deepEqual(faultsOfWall, []);
    await page
      .getByRole('row', { name: /the wall/ })
      .getByRole('button', { name: 'Revoke' })
      .click();
    await page.getByText('There are no links to it').waitFor();
    await wall.goto('about:blank');
    await wall.goto((link ?? '').trim());
    await wall.getByText(/expired or was revoked/).waitFor(SOON);
    await wall.context().close();
    board = id;
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

  it('offers a viewer nothing that changes anything, which the API would refuse', async () => {
    const { page: own, faults: ofViewer } = await dashboard.open('/dead-letters', { role: 'viewer' });
    const offers = async (path: string, shown: string | RegExp) => {
      await own.goto(dashboard.api.url + path);
      await own.getByText(shown).first().waitFor(SOON);
      return await own
        .getByRole('main')
        .getByRole('button', { name: CHANGES })
        .or(own.getByRole('main').getByRole('link', { name: CHANGES }))
        .allInnerTexts();
    };
    assert.deepEqual(await offers('/dead-letters', '2 in this range'), []);
    assert.deepEqual(await offers(`/alerts/${alert.fingerprint}`, 'load is shed'), []);
    assert.deepEqual(await offers('/anomalies', METRIC), []);
    assert.deepEqual(await offers('/rules', 'Burst'), []);
    assert.deepEqual(await offers(`/dashboards/${board}`, 'In all'), []);
    assert.deepEqual(await offers(`/explore?metric=${METRIC}`, METRIC), []);
    assert.deepEqual(ofViewer, []);

    const token = await tokenOf(own, `viewer.${tenant}`);
    const acts = [
      ['POST', `/alerts/${alert.fingerprint}/ack`, {}],
      ['POST', '/silences', { matchers: ['alertname="HostBusy"'], for: '1h' }],
      ['POST', '/rules', { name: 'Mine', window: '1s', metric: METRIC, expr: 'mean > 1.0' }],
      ['DELETE', '/rules/Burst', undefined],
      ['DELETE', `/dashboards/${board}`, undefined],
      ['POST', `/dashboards/${board}/shares`, { for: '1h' }],
      ['POST', '/dead-letters/replay', { force: true }],
    ] as const;
    for (const [method, path, body] of acts) {
      const answer = await dashboard.api.ask(token, `/api/v1${path}`, {
        ...{ method, body, headers: { 'if-match': '"any"' } },
      });
      assert.equal(answer.status, 403, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    }
  });

  it('shows another tenant nothing of it', async () => {
    const { page: own, faults: ofOther } = await dashboard.open('/explore', { tenant: `${tenant}-2` });
    await own.getByText('No metrics in this range').waitFor(SOON);
    for (const [path, said] of [
      ['/dead-letters', 'No dead letters in this range'],
      ['/alerts', 'Nothing fires'],
      ['/anomalies', 'Nothing unusual in this range'],
      ['/dashboards', 'System health'],
      ['/rules', 'HostBusy'],
    ] as const) {
      await own.goto(dashboard.api.url + path);
      await own.getByText(said).first().waitFor(SOON);
      const text = (await own.getByRole('main').textContent()) ?? '';
      assert.doesNotMatch(text, /Burst|web-1|NaN|1 firing/, path);
      assert.equal(await own.getByRole('link', { name: 'Host', exact: true }).count(), 0);
    }
    assert.deepEqual(ofOther, []);
    await own.goto(`${dashboard.api.url}/dashboards/${board}`);
    await own.getByRole('main').getByText('This could not be shown').first().waitFor(SOON);
    const token = await tokenOf(own, `operator.${tenant}-2`);
    const asked = async (path: string) => (await dashboard.api.ask(token, `/api/v1${path}`)).status;
    assert.equal(await asked(`/alerts/${alert.fingerprint}`), 404);
    assert.equal(await asked(`/dashboards/${board}`), 404);
    assert.equal(await asked(`/metrics?tenantId=${encodeURIComponent(tenant)}`), 403);
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

/** Sums of the same figures in another order differ in their last digits. */
function close(value: number, expected: number): void {
  assert.ok(Math.abs(value - expected) < 1e-6, `${value} instead of ${expected}`);
}
