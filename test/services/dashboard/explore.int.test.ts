import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { downloadedLines } from '../../support/browser.js';
import { DashboardFixture, violationsOf } from '../../support/dashboard-fixture.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { refreshRollups } from '../../support/refresh-rollups.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';

const DAY_MS = 86_400_000;
/** Not so long ago that points of it may be compressed: others use the tables too. */
const AT = (Math.floor(Date.now() / DAY_MS) - 3) * DAY_MS + DAY_MS / 4;
const TEN_MIN = 600_000;
const RANGE = `from=${AT}&to=${AT + TEN_MIN}&tz=UTC`;
const SERIES = 3;

describe('Explore', { timeout: 240_000 }, () => {
  let dashboard: DashboardFixture;

  before(async () => {
    dashboard = await DashboardFixture.start('explore', { TACTUS_API_MAX_SERIES: '20' });
    const { api, tenant } = dashboard;
    // Three hosts; from the fifth minute on, for one minute, the second is ten times as high.
    await api.pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
       SELECT to_timestamp($2::bigint / 1000 + 10 * n), $1, metric,
         jsonb_build_object('host', 'h' || host, 'region', CASE host WHEN 3 THEN 'us' ELSE 'eu' END),
         (host * 10 + n % 3) * CASE WHEN host = 2 AND n BETWEEN 30 AND 35 THEN 10 ELSE 1 END, metric || host || '-' || n || $1
       FROM generate_series(0, 59) AS n, generate_series(1, ${SERIES}) AS host, (VALUES ('checkout.latency_ms'), ('checkout.calls')) AS m (metric)`,
      [tenant, AT],
    );
    await api.pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
       SELECT to_timestamp($2::bigint / 1000 + 60), $1, 'many', jsonb_build_object('n', n::text), n, 'many-' || n || $1 FROM generate_series(1, 30) AS n`,
      [tenant, AT],
    );
    // As the stream has them: a window of ten seconds for each point.
    await api.pool.query(
      `INSERT INTO tactus.windows (start, "end", tenant_id, metric, tags, "window", count, sum, min, max, mean, stddev, first, last, watermark, emitted_at)
       SELECT time, time + interval '10 s', tenant_id, metric, tags, '10s', 1, value, value, value, value, 0, value, value, now(), now()
       FROM tactus.metric_points WHERE tenant_id = $1`,
      [tenant],
    );
    await api.pool.query(
      `INSERT INTO tactus.anomalies
       SELECT to_timestamp($2::bigint / 1000 + 300), to_timestamp($2::bigint / 1000 + 310), 'odd/' || $1, $1, 'checkout.latency_ms',
         '{"host": "h2", "region": "eu"}', 'level', '10s', 200, 21, 19, 23, 0.9, 'critical', 'ten times the expected', now()`,
      [tenant, AT],
    );
    await refreshRollups(api.pool, { start: AT - DAY_MS / 4, end: AT + DAY_MS });
  });
  afterEach(() => dashboard.closePages());
  after(() => dashboard.stop());

  // What was expected comes later, and a chart that gets it is made anew: not under somebody's pointer in a test.
  const open = async (query: string, options: Parameters<DashboardFixture['open']>[1] = {}) =>
    await dashboard.open(`/explore?${RANGE}&band=off&${query}`, options);
  const plot = (page: Page) => page.getByRole('application', { name: /^checkout\.latency_ms/ });
  const stored = async (sql: string) =>
    (await dashboard.api.pool.query<{ at: string; value: number }>(sql, [dashboard.tenant])).rows.map(
      ({ at, value }) => [Number(at), value],
    );
  /** The figures of a column of the table, oldest first. */
  const figuresIn = async (page: Page, column: number) =>
    (
      await page
        .locator('.chart-table tbody tr')
        .evaluateAll(
          (rows, at) =>
            rows.map((row) => [
              Date.parse(row.querySelector('time')?.dateTime ?? ''),
              Number(row.querySelectorAll('td')[at]?.dataset.value),
            ]),
          column,
        )
    ).reverse();
  const drawn = (page: Page) => plot(page).locator('.chart-over');
  /** A place in the plot, in px of the page, by the time there. */
  const xOf = async (page: Page, ms: number) => {
    // Before it is drawn, no place has a time.
    const canvas = await drawn(page).boundingBox();
    assert.ok(canvas !== null);
    return { x: canvas.x + (canvas.width * ms) / TEN_MIN, y: canvas.y + canvas.height / 2 };
  };
  const drag = async (page: Page, from: number, to: number, key?: 'Shift' | 'Alt') => {
    const [begin, end] = [await xOf(page, from), await xOf(page, to)];
    if (key !== undefined) await page.keyboard.down(key);
    await page.mouse.move(begin.x, begin.y);
    await page.mouse.down();
    await page.mouse.move((begin.x + end.x) / 2, end.y);
    await page.mouse.move(end.x, end.y);
    await page.mouse.up();
    if (key !== undefined) await page.keyboard.up(key);
  };
  const rangeOf = (page: Page) => {
    const query = new URL(page.url()).searchParams;
    return [Number(query.get('from')) - AT, Number(query.get('to')) - AT] as const;
  };
  const isNear = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 5_000, `${actual} is not about ${expected}`);

  it('finds a metric, shows the stored figures of each series, and takes them along', async () => {
    const { page, faults } = await open('');
    await page.getByText('Choose a metric').waitFor();
    await page.getByLabel('Find a metric').fill('LAT check');
    const found = page.getByRole('link', { name: /checkout\.latency_ms/ });
    await found.waitFor();
    assert.equal(await page.locator('.finder a').count(), 1);
    await found.click();
    await page.getByText(`${SERIES} series from single points`).waitFor();
    await page.getByRole('link', { name: 'Table' }).click();
    await page.getByRole('table', { name: 'checkout.latency_ms' }).waitFor();
    const points = await stored(
      `SELECT extract(epoch FROM time) * 1000 AS at, value FROM tactus.metric_points
       WHERE tenant_id = $1 AND metric = 'checkout.latency_ms' AND tags->>'host' = 'h2' ORDER BY time`,
    );
    assert.equal(points.length, 60);
    assert.deepEqual(await figuresIn(page, 1), points);
    const { name, lines } = await downloadedLines(page, 'CSV');
    assert.equal(name, 'checkout.latency_ms.csv');
    assert.equal(lines.length, 61);
    assert.equal(lines[31]?.split(',')[2], String(points[30]?.[1]));
    assert.deepEqual(faults, []);
  });

  it('zooms by a drag and goes back, moves with Shift, and follows keys', async () => {
    const { page, faults } = await open('metric=checkout.latency_ms');
    await plot(page).waitFor();
    const width = async () => (await drawn(page).boundingBox())?.width;
    const ofAll = await width();
    // Their highest figures are lower, and take less room beside the axis.
    const isZoomed = async (from: number, to: number) => {
      await page.waitForURL((url) => url.searchParams.get('from') !== String(AT));
      isNear(rangeOf(page)[0], from);
      isNear(rangeOf(page)[1], to);
      await until('a part to be drawn', async () => (await width()) !== ofAll);
    };
    const goBack = async () => {
      await plot(page).focus();
      await page.keyboard.press('Backspace');
      await page.waitForURL((url) => url.searchParams.get('from') === String(AT));
      await until('all of it to be drawn', async () => (await width()) === ofAll);
    };
    await drag(page, 120_000, 240_000);
    await isZoomed(120_000, 240_000);
    // Where the middle of that part is, which all of it has elsewhere by the time it is let go.
    const { x, y } = await xOf(page, TEN_MIN / 2);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await goBack();
    await page.mouse.move((await xOf(page, 270_000)).x, y);
    await page.mouse.up();
    await isZoomed(180_000, 270_000);
    await goBack();
    await drag(page, 300_000, 240_000, 'Shift');
    await page.waitForURL((url) => url.searchParams.get('from') !== String(AT));
    isNear(rangeOf(page)[0], 60_000);
    isNear(rangeOf(page)[1], TEN_MIN + 60_000);
    await page.goBack();
    await page.waitForURL((url) => url.searchParams.get('from') === String(AT));
    await plot(page).focus();
    const said = page.locator('.chart-plot [role=status]');
    // What is drawn follows the address a little later.
    await until('the first of all figures', async () => {
      await page.keyboard.press('Home');
      return await said.getByText('06:00:00').isVisible();
    });
    assert.match(
      (await said.textContent()) ?? '',
      /06:00:00, host=h3.*: 30 ms, .*host=h2.*: 20 ms, .*host=h1.*: 10 ms/,
    );
    await page.keyboard.press('ArrowRight');
    await said.getByText('06:00:10').waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const pinned = page.locator('.chart-tip[data-pinned=true]');
    await pinned.getByText('06:00:10').waitFor();
    await plot(page).focus();
    await page.keyboard.press('Escape');
    await pinned.waitFor({ state: 'detached' });
    await page.keyboard.press('+');
    await page.waitForURL((url) => url.searchParams.get('from') !== String(AT));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.has('at'));
    await page.keyboard.press('Backspace');
    await page.waitForURL((url) => url.searchParams.get('from') === String(AT));
    assert.deepEqual(faults, []);
  });

  it('shows the figures at the cursor, nearest first, and keeps them where it is pressed', async () => {
    const { page } = await open('metric=checkout.latency_ms');
    await plot(page).waitFor();
    const { x } = await xOf(page, 320_000);
    const area = await drawn(page).boundingBox();
    await page.mouse.move(x, (area?.y ?? 0) + 20);
    const tip = page.locator('.chart-tip');
    await tip.getByText(/220 ms/).waitFor();
    const names = await tip.locator('.chart-tip-name').allTextContents();
    assert.match(names[0] ?? '', /h2/);
    await page.mouse.click(x, (area?.y ?? 0) + 40);
    await page.getByRole('heading', { name: 'checkout.latency_ms' }).hover();
    const pinned = page.locator('.chart-tip[data-pinned=true]').getByText(/220 ms/);
    await pinned.waitFor();
    isNear(Number(new URL(page.url()).searchParams.get('at')) - AT, 320_000);
    await page.reload();
    await pinned.waitFor();
    await page.goBack();
    await pinned.waitFor({ state: 'detached' });
    await page.goForward();
    await pinned.waitFor();
  });

  it('opens the story of an anomaly', async () => {
    const { page } = await open('metric=checkout.latency_ms');
    await page.getByRole('button', { name: /ten times the expected/ }).click();
    await page.waitForURL(
      (url) => url.pathname === `/anomalies/${encodeURIComponent(`odd/${dashboard.tenant}`)}`,
    );
  });

  it('isolates series, and explains a part of the time', async () => {
    const { page } = await open('metric=checkout.latency_ms');
    await plot(page).waitFor();
    const names = page.locator('.chart-legend-name');
    await names.nth(2).waitFor();
    const heights = await names.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
    assert.ok(
      heights.every((height) => height >= 24),
      `can be hit: ${heights}`,
    );
    await names.nth(0).click();
    assert.deepEqual(await pressed(page), ['true', 'false', 'false']);
    await names.nth(1).click({ modifiers: ['Control'] });
    assert.deepEqual(await pressed(page), ['true', 'true', 'false']);
    await page.getByRole('button', { name: 'Show all 3' }).click();
    assert.deepEqual(await pressed(page), ['true', 'true', 'true']);
    await drag(page, 300_000, 355_000, 'Alt');
    const table = page.getByRole('table', { name: 'Series that changed most' });
    await table.waitFor();
    assert.match((await table.locator('tbody tr').first().textContent()) ?? '', /host=h2/);
    await table.getByRole('button', { name: 'Isolate' }).first().click();
    assert.deepEqual(await pressed(page), ['false', 'true', 'false']);
    await page.reload();
    await table.waitFor();
  });

  it('filters, groups, takes the highest, and compares with the period before', async () => {
    const { page } = await open('metric=checkout.latency_ms&view=table&agg=max');
    await page.getByRole('button', { name: 'Filter by a tag' }).click();
    await page
      .getByRole('dialog', { name: 'Filter by a tag' })
      .getByRole('button', { name: /region=eu/ })
      .click();
    await page.getByText('2 series from').waitFor();
    await page.getByRole('button', { name: 'Group by tags' }).click();
    await page.getByRole('menuitemradio', { name: 'By region' }).click();
    await page.getByText('1 series from').waitFor();
    await page.waitForURL((url) => url.searchParams.get('by') === 'region');
    const grouped = await stored(
      `SELECT extract(epoch FROM time) * 1000 AS at, max(value) AS value FROM tactus.metric_points
       WHERE tenant_id = $1 AND metric = 'checkout.latency_ms' AND tags->>'region' = 'eu' GROUP BY time ORDER BY time`,
    );
    await page.locator('[data-source=windows]').waitFor();
    assert.deepEqual(await figuresIn(page, 0), grouped);
    await page.getByRole('button', { name: 'Remove the filter region=eu' }).click();
    await page.getByLabel('How many').selectOption('5');
    await page.getByText('2 series from').waitFor();
    await page.getByLabel('Compare with').selectOption('1d');
    await page.waitForURL(
      (url) => url.searchParams.get('compare') === '1d' && url.searchParams.get('top') === '5',
    );
  });

  it('draws the period before at the times of this one', async () => {
    const later = `from=${AT + TEN_MIN}&to=${AT + 2 * TEN_MIN}&tz=UTC`;
    const { page } = await dashboard.open(
      `/explore?${later}&metric=checkout.calls&compare=period&by=*&agg=sum`,
    );
    await page.getByText('No points in this range').waitFor();
    const both = `from=${AT + TEN_MIN / 2}&to=${AT + TEN_MIN}&tz=UTC`;
    await page.goto(`${dashboard.api.url}/explore?${both}&metric=checkout.calls&compare=period&by=*&agg=sum`);
    const over = page.getByRole('application', { name: /^checkout\.calls/ }).locator('.u-over');
    await over.waitFor();
    await over.hover({ position: { x: 2, y: 50 }, force: true });
    // The sum of the three hosts, ten times the second one; five minutes before it was not.
    await page.locator('.chart-tip').getByText('240').waitFor();
    await page.locator('.chart-tip').getByText('before 60').waitFor();
  });

  it('boxes a heatmap, says which tags differ in it, and filters by them', async () => {
    const { page } = await open('metric=checkout.latency_ms&view=heatmap');
    const heat = page.getByRole('application', { name: /^checkout\.latency_ms: how often/ });
    await heat.waitFor();
    const area = await heat.boundingBox();
    assert.ok(area !== null);
    await page.mouse.move(area.x + area.width * 0.4, area.y + 2);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width * 0.5, area.y + 30);
    await page.mouse.move(area.x + area.width * 0.7, area.y + 60);
    await page.mouse.up();
    const table = page.getByRole('table', { name: 'Tags that differ in the box' });
    const first = table.locator('tbody tr').first();
    await first.getByText('host=h2').waitFor();
    assert.match((await first.textContent()) ?? '', /100 %/);
    await first.getByRole('button', { name: 'Show only these' }).click();
    await page.getByRole('button', { name: 'Remove the filter host=h2' }).waitFor();
    await page.getByText('1 series from').waitFor();
  });

  it('makes a rule of a line that is typed or moved', async () => {
    const { page } = await open('metric=checkout.latency_ms');
    await page.getByRole('button', { name: 'Make a rule' }).click();
    await page.getByLabel('Alert at').fill('150');
    await page.getByLabel('Alert at').press('Enter');
    const line = page.getByRole('slider', { name: 'Height of the alert' });
    await line.and(page.locator('[aria-valuenow="150"]')).waitFor();
    const rule = page.getByRole('link', { name: 'Make the rule' });
    assert.match(
      (await rule.getAttribute('href')) ?? '',
      /\/rules\/new\?.*metric=checkout\.latency_ms&expr=mean\+%3E\+150\.0/,
    );
    await line.focus();
    await page.keyboard.press('ArrowUp');
    await page.waitForURL((url) => Number(url.searchParams.get('threshold')) > 150);
    const viewer = await open('metric=checkout.latency_ms', { role: 'viewer' });
    await plot(viewer.page).waitFor();
    assert.equal(await viewer.page.getByRole('button', { name: 'Make a rule' }).count(), 0);
  });

  it('is kept on a dashboard', async () => {
    const { page } = await open('metric=checkout.latency_ms&tag=region=eu&agg=max');
    await page.getByText('2 series from').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog', { name: 'Save to a dashboard' });
    const options = dialog.getByLabel('Dashboard').locator('option');
    await options.filter({ hasText: 'A new one' }).waitFor({ state: 'attached' });
    const offered = await options.allTextContents();
    assert.ok(offered.includes('A new one') && !offered.includes('System health'), offered.join());
    await dialog.getByLabel('Its title').fill('Checkout');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Added to “Checkout”.').waitFor();
    const { rows } = await dashboard.api.pool.query(
      `SELECT spec->'components'->0 AS component FROM tactus.dashboards WHERE tenant_id = $1 AND title = 'Checkout'`,
      [dashboard.tenant],
    );
    const { metric, tags, aggregation } = rows[0]?.component ?? {};
    assert.deepEqual(
      { metric, tags, aggregation },
      {
        ...{ metric: 'checkout.latency_ms', tags: { region: 'eu' }, aggregation: 'max' },
      },
    );
  });

  it('draws each of many lines at its height, and a gap of them as one', async () => {
    const { page, faults } = await open('');
    const heights = Array.from({ length: 50 }, (_, i) => (i < 25 ? i + 1 : i + 6));
    await page.route('**/api/v1/metrics/query?*', (route) =>
      route.fulfill({
        json: {
          ...{ metric: 'fleet', aggregation: 'avg', source: 'raw', resolutionMs: 0, anomalies: [] },
          ...{ from: new Date(AT).toISOString(), to: new Date(AT + TEN_MIN).toISOString() },
          series: heights.map((height, i) => ({
            tags: { host: `h${i}` },
            points: Array.from({ length: 11 }, (_, n) => [AT + n * 60_000, n === 5 ? null : height]),
          })),
        },
      }),
    );
    await page.goto(`${dashboard.api.url}/explore?${RANGE}&band=off&metric=fleet`);
    const fleet = page.getByRole('application', { name: /^fleet/ });
    const area = await fleet.locator('.chart-over').boundingBox();
    const canvas = fleet.locator('canvas').first();
    const box = await canvas.boundingBox();
    assert.ok(area !== null && box !== null);
    const rowsAt = async (ms: number) =>
      await linesAt(canvas, {
        column: Math.round(area.x - box.x + (area.width * ms) / TEN_MIN),
        height: area.y - box.y + area.height,
      });
    const rows = await rowsAt(150_000);
    assert.equal(rows.length, heights.length);
    const [top = 0, bottom = 0] = [rows[0], rows.at(-1)];
    heights.toReversed().forEach((height, i) => {
      const expected = bottom - ((height - 1) * (bottom - top)) / 54;
      assert.ok(Math.abs((rows[i] ?? 0) - expected) <= 1, `${height} at ${rows[i]}, not at ${expected}`);
    });
    assert.deepEqual(await rowsAt(300_000), []);
    assert.deepEqual(faults, []);
  });

  it('goes on with points as they come', async () => {
    const client = new PlainClient(sharedServers(), dashboard.api.prefix);
    const encode = await client.encoder('metrics');
    const { page, faults } = await dashboard.open('/explore?metric=pulse&from=now-5m&view=table&tz=UTC', {
      hasClock: true,
    });
    /** By more than it takes until it is asked again. */
    const moveOn = async () => await page.clock.fastForward('00:11');
    await page.getByText('No points in this range').waitFor();
    const { tenant: tenantId } = dashboard;
    let sent = 0;
    const send = async () => {
      sent += 1;
      const timestamp = Date.now();
      const point = pointOf({
        tenantId,
        metric: 'pulse',
        tags: { host: 'h1' },
        timestamp,
        value: 1_000 + sent,
      });
      await client.produce('metrics', [{ key: `${tenantId}|pulse`, value: encode(point) }]);
      await dashboard.api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id) VALUES (to_timestamp($1::float8 / 1000), $2, 'pulse', '{"host": "h1"}', $3, $4)`,
        [timestamp, tenantId, 1_000 + sent, point.id],
      );
    };
    await send();
    await moveOn();
    await page.locator('td[data-value="1001"]').waitFor();
    await page.route('**/api/v1/**', (route) => route.abort());
    await send();
    // It comes live: nothing can be asked for.
    await page.locator('td[data-value="1002"]').waitFor();
    await moveOn();
    // The list of metrics says so too, a while later.
    const stale = page.locator('.card:not(.finder)').getByText(/^Stale: as of/);
    await stale.waitFor();
    await page.locator('td[data-value="1001"]').waitFor();
    await page.unroute('**/api/v1/**');
    await stale.waitFor({ state: 'detached' });
    assert.deepEqual(
      faults.filter((fault) => !/ERR_FAILED/.test(fault)),
      [],
    );
  });

  it('says what to do where there is too much, nothing, and no right', async () => {
    const { page } = await open('metric=many');
    await page.getByText('This could not be shown').waitFor();
    await page.getByRole('button', { name: 'Put all in one' }).click();
    await page.getByText('1 series from').waitFor();
    await page.goto(`${dashboard.api.url}/explore?${RANGE}&metric=checkout.latency_ms&tag=host=none`);
    await page.getByText('Remove a filter, or look at a longer range.').waitFor();
    const other = await open('metric=checkout.latency_ms', { tenant: `${dashboard.tenant}-other` });
    await other.page.getByText('No metrics in this range').waitFor();
    await other.page.getByText('No points in this range').waitFor();
  });

  for (const theme of ['light', 'dark'] as const)
    it(`passes axe in ${theme}, and is as wide as a phone`, async () => {
      const pathOf = (view: string) =>
        `/explore?${RANGE}&metric=checkout.latency_ms&threshold=100&view=${view}&explain=${AT + 300_000}-${AT + 360_000}`;
      const { page, faults } = await dashboard.open(pathOf('chart'), { theme });
      for (const view of ['chart', 'table', 'heatmap']) {
        if (view !== 'chart') await page.goto(`${dashboard.api.url}${pathOf(view)}`);
        await page.getByRole('table', { name: 'Series that changed most' }).waitFor();
        assert.deepEqual(await violationsOf(page), [], view);
      }
      await page.setViewportSize({ width: 390, height: 844 });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${width} px wide`);
      assert.deepEqual(faults, []);
    });
});

const pressed = async (page: Page) =>
  await page.locator('.chart-legend-name').evaluateAll((all) => all.map((one) => one.ariaPressed));

/** Where there are lines in a column of a canvas, in px from its top, above the ticks: what has a colour, as a grid has none. */
async function linesAt(
  canvas: Locator,
  at: { readonly column: number; readonly height: number },
): Promise<number[]> {
  return await canvas.evaluate((element, { column, height }) => {
    const shown = (element as HTMLCanvasElement).getContext('2d');
    const data = shown?.getImageData(column, 0, 1, height).data ?? new Uint8ClampedArray();
    const colourAt = (row: number) => {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(row * 4, row * 4 + 4);
      return ((Math.max(red, green, blue) - Math.min(red, green, blue)) * alpha) / 255;
    };
    const lines: number[] = [];
    let [sum, weight] = [0, 0];
    for (let row = 0; row <= height; row += 1) {
      const colour = row < height ? colourAt(row) : 0;
      if (colour > 12) {
        sum += row * colour;
        weight += colour;
      } else if (weight > 0) {
        lines.push(sum / weight);
        [sum, weight] = [0, 0];
      }
    }
    return lines;
  }, at);
}
