import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { loadSchemas, recordSchema } from '../../../shared/catalog/schemas.js';
import { emptyTally, type Tally } from '../../../shared/windows/tally.js';
import { downloadedLines } from '../../support/browser.js';
import { DashboardFixture, requireClean, violationsOf } from '../../support/dashboard-fixture.js';
import { tactus } from '../../support/gateway-keys.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { refreshRollups } from '../../support/refresh-rollups.js';
import { sharedServers } from '../../support/servers.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const GATEWAY = 'https://gateway.example.com/in';
const METRIC = 'plays';
const HOSTILE = '<img src=x onerror=alert(1)>';

describe('overview and quality', { timeout: 240_000 }, () => {
  let dashboard: DashboardFixture;
  let client: PlainClient;
  /** The begin of the slot whose windows differ. */
  const slot = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 8 * MINUTE_MS;
  const tallies: readonly [minute: number, tally: Tally][] = [
    [-2, tallyOf({ equal: 6, counted: 60 })],
    [-1, tallyOf({ equal: 6, counted: 58, late: 2 })],
    [0, tallyOf({ equal: 4, counted: 55, late: 1, causes: { late: 1, missing: 1 } })],
  ];

  before(async () => {
    dashboard = await DashboardFixture.start('overview', {
      TACTUS_API_GATEWAY_URL: GATEWAY,
      TACTUS_API_PIPELINE_INTERVAL_MS: '1000',
      TACTUS_API_LIVE_INTERVAL_MS: '50',
    });
    const { api, tenant } = dashboard;
    client = new PlainClient(sharedServers(), api.prefix);
    const seeded = async () => {
      await api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT to_timestamp($2::bigint / 1000 + n), $1, $3, '{"host": "a"}', n, $1 || n FROM generate_series(1, 3) AS n`,
        [tenant, slot, METRIC],
      );
      // Others may have refreshed those of this time before.
      await refreshRollups(api.pool, { start: slot - 2 * DAY_MS, end: Date.now() });
      await api.pool.query(
        `INSERT INTO tactus.late_points (time, tenant_id, metric, tags, value, id, missed, watermark, lateness_ms, cause)
         SELECT time, tenant_id, metric, tags, value, id, jsonb_build_object('10s', jsonb_build_array($2::bigint)), time, 4000, 'arrival'
         FROM tactus.metric_points WHERE tenant_id = $1 AND value = 2`,
        [tenant, slot],
      );
      for (const [minute, tally] of tallies)
        await api.pool.query(
          `INSERT INTO tactus.reconciled ("window", start, tenant_id, tally, judged_at, "end", kind, group_by)
           VALUES ('10s', $1, $2, $3, now(), $1::timestamptz + INTERVAL '1 minute', 'aligned', NULL)`,
          [new Date(slot + minute * MINUTE_MS), tenant, JSON.stringify(tally)],
        );
      const figures = (count: number, sum: number) =>
        JSON.stringify({
          ...{ count, sum, min: 1, max: 3, mean: sum / count, stddev: 1, first: 1, last: 3 },
          ...{ increase: null, distinct: null },
        });
      for (const [number, metric, cause] of [
        [1, METRIC, 'late'],
        [2, HOSTILE, 'missing'],
      ] as const)
        await api.pool.query(
          `INSERT INTO tactus.differences ("window", slot, tenant_id, number, start, "end", metric, tags, cause, detail, stored_points,
             counted_points, late_points, stream, stored, expected)
           VALUES ('10s', $1, $2, $3, $1, $1::timestamptz + INTERVAL '10 seconds', $4, '{"host": "a"}', $5, 'lacks a point', 3, 2, $6, $7, $8, $9)`,
          [
            ...[new Date(slot), tenant, number, metric, cause, cause === 'late' ? 1 : 0],
            ...[figures(2, 4), figures(3, 6), cause === 'late' ? figures(2, 4) : figures(3, 6)],
          ],
        );
      await api.pool.query(
        `INSERT INTO tactus.windows
         SELECT t, t + INTERVAL '10 seconds', $1, $2, '{"host": "a"}', '10s', 1, v, v, v, v, 0, v, v, NULL, t + INTERVAL '10 seconds', now()
         FROM (SELECT to_timestamp($3::bigint / 1000 - 600 + 10 * n) AS t, n AS v FROM generate_series(0, 20) AS n) AS w`,
        [tenant, METRIC, slot],
      );
      await api.pool.query(
        `INSERT INTO tactus.anomalies
         VALUES (now() - INTERVAL '10 minutes', now() - INTERVAL '9 minutes', $1 || '-odd', $1, $2, '{"host": "a"}', 'zscore', '10s', 9, 5, 4, 6,
           0.9, 'warning', 'odd', now())`,
        [tenant, METRIC],
      );
      await api.pool.query(
        `INSERT INTO tactus.alerts VALUES ($1 || '-hot', now() - interval '5 minutes', 'Hot', $1, 'firing', 'critical',
           '{"alertname": "Hot"}', '{"summary": "it is hot"}', 95, NULL, now())`,
        [tenant],
      );
    };
    const flowing = async () => {
      await client.produce(
        'ingest.metrics',
        [0, 0, 0, 1, 1].map((partition) => ({ key: 'k', value: Buffer.from('v'), partition })),
      );
      const admin = client.kafka.admin();
      await admin.connect();
      await admin.setOffsets({
        ...{ groupId: `${api.prefix}ingest`, topic: `${api.prefix}ingest.metrics` },
        partitions: [{ partition: 0, offset: '2' }],
      });
      await admin.disconnect();
    };
    await Promise.all([seeded(), flowing()]);
  });
  afterEach(() => dashboard.closePages());
  after(() => dashboard.stop());

  it('says what needs a look, how well windows are proven, what fires and what was odd', async () => {
    const { page, faults } = await dashboard.open('/');
    const status = page.getByRole('region', { name: 'Is all well?' });
    await status.getByRole('link', { name: '1 critical alert fires' }).waitFor();
    await status.getByRole('link', { name: 'ingest does not run' }).waitFor();
    // Of all three slots: 173 and 3 late of 180, 16 of 18 windows.
    await status.getByRole('link', { name: '97.77 % of the points are in their windows' }).waitFor();
    const proof = page.getByRole('region', { name: 'Proof' });
    await proof.getByText('88.88 %', { exact: true }).waitFor();
    await proof.getByText('Of 18 windows compared').waitFor();
    await page.getByRole('link', { name: /Hot.*it is hot/ }).waitFor();
    const story = page.getByRole('link', { name: /plays.*9 instead of 5/ });
    await story.getByRole('img', { name: 'plays around the anomaly' }).waitFor();
    assert.match((await story.getAttribute('href')) ?? '', new RegExp(`^/anomalies/${dashboard.tenant}-odd`));
    await requireClean(page, faults);
    await proof.getByRole('link', { name: '2 differ' }).click();
    await page.getByRole('heading', { name: 'Quality', level: 1 }).waitFor();
  });

  it('shows the pipeline as a graph, with the lag of each partition, at a moment of the last minutes too', async () => {
    const { page, faults } = await dashboard.open('/');
    const graph = page.getByRole('group', { name: 'Topics and the workers between them' });
    const ingest = graph.getByRole('button', { name: /^ingest does not run (lag|bottleneck) 3 ·/ });
    await ingest.focus();
    await page.keyboard.press('Enter');
    const details = page.getByRole('region', { name: 'Details of ingest' });
    assert.match(page.url(), /node=worker%3Aingest/);
    const { body } = await dashboard.api.ask(dashboard.key, `/api/v1/pipeline?tenantId=${dashboard.tenant}`);
    const [group] = body.workers.find(({ worker }: { worker: string }) => worker === 'ingest').groups;
    const rows = details.getByRole('row');
    const cells = async (row: number) => await rows.nth(row).getByRole('cell').allTextContents();
    const drawn = [await cells(1), await cells(2)].map(([topic, partition, next, end, lag]) => [
      ...[topic, partition, next, end, lag],
    ]);
    const stored = group.inputs[0].partitions
      .slice(0, 2)
      .map((one: { partition: number; nextOffset: number | null; endOffset: number; lagRecords: number }) => [
        ...[
          'ingest.metrics',
          `${one.partition}`,
          one.nextOffset === null ? 'nothing committed' : `${one.nextOffset}`,
        ],
        ...[`${one.endOffset}`, `${one.lagRecords}`],
      ]);
    assert.deepEqual(drawn.sort(), stored.sort());
    for (const order of ['descending', 'ascending']) {
      await details.getByRole('button', { name: 'Lag, records' }).click();
      await details.locator(`th[aria-sort="${order}"]`).waitFor();
    }
    assert.equal((await cells(1))[4], '0', 'those that are not behind first');
    await page.getByText('No window is open: nothing waits for the watermark.').waitFor();

    await client.produce(
      'ingest.metrics',
      [1, 1].map((partition) => ({ key: 'k', value: Buffer.from('v'), partition })),
    );
    const behind = (records: number) =>
      graph.getByRole('button', { name: new RegExp(`^ingest does not run (lag|bottleneck) ${records} ·`) });
    await behind(5).waitFor();
    const moment = page.getByRole('slider', { name: 'Moment of the pipeline' });
    await moment.focus();
    await page.keyboard.press('Home');
    const backToLive = page.getByRole('button', { name: 'Back to live' });
    await page.waitForURL(/at=\d+/);
    // As far behind as it was then.
    await behind(3).waitFor();
    await page.goBack();
    await backToLive.waitFor({ state: 'detached' });
    await page.goForward();
    await backToLive.click();
    await page.waitForURL((url) => !url.searchParams.has('at'));
    await behind(5).waitFor();
    await page.goBack();
    await backToLive.waitFor();
    await page.goForward();
    await requireClean(page, faults);
    await details.getByRole('button', { name: 'Close the details' }).click();
    await details.waitFor({ state: 'detached' });
    await page.goBack();

    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: /^ingest\s*does not run/ }).waitFor();
    await graph.waitFor({ state: 'detached' });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
    assert.deepEqual(await violationsOf(page), []);
  });

  it('keeps what it has, marked stale, while the pipeline cannot be asked', async () => {
    const { page } = await dashboard.open('/');
    await page.getByRole('button', { name: /^ingest does not run/ }).waitFor();
    await page.route('**/api/v1/pipeline*', (route) => route.abort());
    await page.getByText(/^Stale: as of \d\d:\d\d:\d\d/).waitFor();
    await page.getByText('how it is now is not known of pipeline').waitFor();
    await page.getByRole('button', { name: /^ingest does not run/ }).waitFor();
    await page.unroute('**/api/v1/pipeline*');
    await page.getByText(/^Stale: as of/).waitFor({ state: 'detached' });
  });

  it('shows who begins how the first point is sent, and its arrival within five seconds', async () => {
    const begins = `${dashboard.tenant}-new`;
    const viewer = await dashboard.open('/', { tenant: begins, role: 'viewer' });
    await viewer.page.getByText('You need a key that may send metrics').waitFor();
    const { page, faults } = await dashboard.open('/', { tenant: begins, role: 'admin' });
    const command = page.getByRole('region', { name: 'Command' });
    await command.getByText(`'${GATEWAY}/api/v1/metrics'`).waitFor();
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByText('It is shown this once').waitFor();
    assert.doesNotMatch((await command.textContent()) ?? '', /YOUR_KEY/);
    const { body } = await dashboard.api.ask(dashboard.key, `/api/v1/keys?tenantId=${begins}`);
    assert.deepEqual(
      body.items.map(({ name, scopes }: { name: string; scopes: string[] }) => [name, scopes]),
      [['first point', ['write:metrics']]],
    );
    await page.getByText('Listening for it').waitFor();
    await requireClean(page, faults);
    const encode = await client.encoder(
      'metrics',
      recordSchema(loadSchemas(), 'MetricPoint').schema as object,
    );
    const point = pointOf({ tenantId: begins, metric: 'hello.world', value: 42, timestamp: Date.now() });
    await client.produce('metrics', [{ key: `${begins}|hello.world`, value: encode(point) }]);
    await page.getByRole('heading', { name: 'It has arrived' }).waitFor({ timeout: 5_000 });
    assert.match((await page.locator('.first-point').textContent()) ?? '', /hello\.world 42/);
    assert.deepEqual(await violationsOf(page), []);
    await page.getByRole('button', { name: 'Go to the overview' }).click();
    await page.getByText('Nothing was compared in this range yet').waitFor();
  });

  it('leads from a count to the windows that differ, and from these to their points', async () => {
    const { page, faults } = await dashboard.open('/quality');
    const strip = page.getByRole('slider', { name: 'Time of the windows of 10s' });
    await strip.waitFor();
    const drawn = await strip
      .locator('span')
      .evaluateAll((all) => all.map(({ dataset: { start, is } }) => [Number(start), is] as const));
    assert.deepEqual(
      drawn.filter(([, is]) => is !== 'unknown'),
      [
        [slot - 2 * MINUTE_MS, 'whole'],
        [slot - MINUTE_MS, 'late'],
        [slot, 'missing'],
      ],
    );
    await strip.locator(`[data-start="${slot}"]`).click();
    await page.waitForURL(new RegExp(`slot=${slot}`));
    await page
      .getByText('points are missing, 4 of 6 windows equal, 55 of 60 points counted, 1 late')
      .first()
      .waitFor();
    const list = page.getByRole('list', { name: 'Windows that differ' });
    await list.getByRole('button', { name: /plays/ }).waitFor();
    assert.deepEqual(await list.locator('strong').allTextContents(), [HOSTILE, METRIC]);
    const { lines } = await downloadedLines(page, 'CSV');
    assert.equal(lines.length, 3);
    assert.match(lines[2] ?? '', /^10s,.*,plays,"\{""host"":""a""\}",late,lacks a point,3,2,1$/);

    await page.getByLabel('Cause').selectOption('late');
    await list.getByRole('button', { name: /plays/ }).click();
    const window = page.getByRole('region', { name: 'Window of plays' });
    await window.getByText('The window lacks points that arrived after it was closed.').waitFor();
    const figures = window.getByRole('table', { name: 'Figures of the window' });
    assert.deepEqual(await figures.getByRole('row').nth(2).getByRole('cell').allTextContents(), [
      'sum',
      '– ≠',
      '4',
      '6',
    ]);
    const points = window.getByRole('table', { name: 'Stored points' });
    assert.deepEqual(
      await Promise.all(
        [1, 2, 3].map(async (row) =>
          (await points.getByRole('row').nth(row).getByRole('cell').allTextContents()).filter(
            (_, i) => i === 1 || i === 3,
          ),
        ),
      ),
      [
        ['1', 'in time'],
        ['2', '4 s too late itself'],
        ['3', 'in time'],
      ],
    );
    await requireClean(page, faults);
    // The address has it all.
    await page.reload();
    await window.getByRole('table', { name: 'Stored points' }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);

    await strip.focus();
    await page.keyboard.press('End');
    await page.getByText('Not compared yet', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('slot'));
  });

  it('is where a link to log in leads', async () => {
    const { api, browser } = dashboard;
    const printed = await tactus(['users', 'link', '--admin', '--print', '--url', api.url], api.env);
    const page = await (await browser.newContext()).newPage();
    await page.goto(printed.trim());
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/');
    assert.equal(new URL(page.url()).hash, '');
  });
});

function tallyOf({
  causes,
  ...more
}: Partial<Omit<Tally, 'causes'>> & { readonly causes?: Partial<Tally['causes']> }): Tally {
  const empty = emptyTally();
  return {
    ...empty,
    windows: 6,
    stored: 60,
    delays: { 0: 6 },
    ...more,
    causes: { ...empty.causes, ...causes },
  };
}
