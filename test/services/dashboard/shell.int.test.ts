import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { figure } from '../../../services/dashboard/time/format.js';
import { pixelsOf } from '../../support/canvas-pixels.js';
import { DashboardFixture, violationsOf } from '../../support/dashboard-fixture.js';
import { SIGNUPS, seedSignups } from '../../support/signups.js';

const { METRIC, AT, SPAN_MS, HOSTS } = SIGNUPS;
const MINUTE_MS = 60_000;
const RANGE = `metric=${METRIC}&from=${AT}&to=${AT + SPAN_MS}`;

describe('what surrounds the pages, and what all charts do', { timeout: 180_000 }, () => {
  let dashboard: DashboardFixture;
  before(async () => {
    dashboard = await DashboardFixture.start('shell');
    await seedSignups(dashboard.api.pool, dashboard.tenant);
  });
  afterEach(() => dashboard.closePages());
  after(() => dashboard.stop());

  const canvasOf = (page: Page) => page.locator('.chart-plot canvas').first();
  /** The part of a chart between its axes. */
  const areaOf = async (page: Page) => {
    const area = await page.locator('.chart-over').first().boundingBox();
    assert.ok(area !== null);
    return area;
  };
  /** From the left of the canvas, in px. */
  const placeOf = async (page: Page, time: number) => {
    const [area, canvas] = [await areaOf(page), await canvasOf(page).boundingBox()];
    return area.x - (canvas?.x ?? 0) + (area.width * (time - AT)) / SPAN_MS;
  };
  const ask = async (path: string) => {
    const separator = path.includes('?') ? '&' : '?';
    const url = `/api/v1/${path}${separator}tenantId=${dashboard.tenant}`;
    const { status, body } = await dashboard.api.ask(dashboard.key, url);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  const sql = async <T extends object>(text: string, ...values: readonly unknown[]) =>
    (await dashboard.api.pool.query<T>(text, [dashboard.tenant, ...values])).rows;

  it('draws the expected band of a series, with the stored expectation at the cursor', async () => {
    const { page, faults } = await dashboard.open(`/explore?${RANGE}&tag=host=h03&tz=UTC`);
    const { band } = await ask(`metrics/query?${RANGE}&tag=host%3Dh03&band=true`);
    const steps: readonly { readonly time: number; readonly expected: number }[] = band.series[0].steps;
    const step = steps.find(({ time }) => time >= AT + 100_000);
    assert.ok(step !== undefined);
    await page.waitForFunction(() => document.querySelector('.chart-over') !== null);
    const area = await areaOf(page);
    const x = area.x + (area.width * (step.time - AT)) / SPAN_MS;
    const tip = page.locator('.chart-tip');
    await page.mouse.move(x, area.y + 30);
    await tip.getByText(`expected ${figure(step.expected)}`, { exact: true }).waitFor();
    assert.ok((await pixelsOf(canvasOf(page), '--band')).count > 200, 'it is filled');
    await page.goto(`${dashboard.api.url}/explore?${RANGE}&tag=host=h03&tz=UTC&band=off`);
    await page.locator('.chart-ribbon button').first().waitFor();
    assert.equal((await pixelsOf(canvasOf(page), '--band')).count, 0);
    assert.deepEqual(faults, []);
  });

  it('marks late data and corrections where they are stored, and a press on a mark leads to its windows', async () => {
    const { page, faults } = await dashboard.open(`/explore?${RANGE}&band=off`);
    const ribbon = page.getByRole('group', { name: 'What happened' });
    const late = ribbon.getByRole('button', { name: 'late data (1 points): lacks a point' });
    const corrected = ribbon.getByRole('button', { name: 'missing points: lacks a point' });
    const whole = await areaOf(page);
    for (const [mark, minute, colour] of [
      [late, 2, '--warn'],
      [corrected, 7, '--ink-3'],
    ] as const) {
      const box = await mark.boundingBox();
      assert.ok(Math.abs((box?.x ?? 0) - whole.x - (whole.width * minute) / 10) < 2, `${minute}: ${box?.x}`);
      const place = await placeOf(page, AT + minute * MINUTE_MS);
      // Above the edge, where the text of the axis has the colour too, there is nothing but the mark.
      const drawn = await pixelsOf(canvasOf(page), colour, [place - 6, place + 6]);
      assert.ok(drawn.count > 4, `${colour}: ${drawn.count} px`);
    }
    await corrected.click();
    const slot = new Date(AT + 7 * MINUTE_MS).toISOString();
    await page.waitForURL(
      ({ pathname, searchParams }) => pathname === '/quality' && searchParams.get('slot') === slot,
    );
    assert.deepEqual(faults, []);
  });

  it('draws a part of a chart where the rest cannot be had, and says what is missing', async () => {
    const { page } = await dashboard.open('/settings');
    await page.route('**/api/v1/quality/windows*', (route) => route.abort());
    await page.goto(`${dashboard.api.url}/explore?${RANGE}&band=off`);
    await page.getByText('Not to be had at the moment: late data and corrections.').waitFor();
    await page
      .locator('.chart-ribbon')
      .getByRole('button', { name: /ten times the expected/ })
      .waitFor();
    assert.equal(await page.locator('.chart-segment').count(), 1);
    assert.ok((await pixelsOf(canvasOf(page), '--c0')).count > 50, 'the figures are drawn');
    await page.unroute('**/api/v1/quality/windows*');
    await page.locator('.chart-segment').nth(2).waitFor();
    await page.getByText('Not to be had at the moment').waitFor({ state: 'detached' });
  });

  it('opens a story by a press on its mark in the chart, from which a rule is made and the series is silenced', async () => {
    const { page, faults } = await dashboard.open(`/explore?${RANGE}&tag=host=h03&band=off`);
    await page.getByRole('button', { name: /ten times the expected/ }).waitFor();
    const place = await placeOf(page, AT + 5 * MINUTE_MS);
    const mark = await pixelsOf(canvasOf(page), '--anomaly', [place - 8, place + 8]);
    assert.ok(mark.count > 0, 'it is drawn');
    const canvas = await canvasOf(page).boundingBox();
    await page.mouse.click((canvas?.x ?? 0) + mark.x, (canvas?.y ?? 0) + mark.y);
    await page.getByRole('heading', { name: new RegExp(`^${METRIC}: `) }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/anomalies/${encodeURIComponent(`odd/${dashboard.tenant}`)}`);
    const reported = page.getByRole('table', { name: 'What was reported' }).getByRole('row').nth(1);
    assert.deepEqual((await reported.getByRole('cell').allTextContents()).slice(1, 4), ['300', '31', '0.9']);
    await page.getByRole('link', { name: 'Make a rule' }).click();
    const condition = page.getByLabel('Condition (CEL)');
    await condition.waitFor();
    assert.equal(await condition.inputValue(), 'mean > 33.0');
    await page.goBack();
    await page.getByRole('button', { name: 'Mute' }).click();
    await page.getByLabel('Comment').fill('known');
    await page.getByRole('dialog').getByRole('button', { name: 'Mute' }).click();
    await page.getByText('muted, ends').waitFor();
    const { items } = await ask('anomalies/mutes');
    assert.deepEqual(
      items.map(({ comment }: { readonly comment: string }) => comment),
      ['known'],
    );
    assert.deepEqual(faults, []);
  });

  it('has a legend with the newest stored figures, which is searched and grouped, and isolates a group', async () => {
    const { page, faults } = await dashboard.open(`/explore?${RANGE}&band=off`);
    const names = page.locator('.chart-legend-name');
    await names.nth(HOSTS - 1).waitFor();
    await page.getByLabel('Search series').fill('h03');
    assert.equal(await names.count(), 1);
    const [last] = await sql<{ readonly value: number }>(
      `SELECT value FROM tactus.metric_points WHERE tenant_id = $1 AND metric = $2 AND tags->>'host' = 'h03' ORDER BY time DESC LIMIT 1`,
      METRIC,
    );
    assert.equal(await names.locator('b').textContent(), `${last?.value} ms`);
    await page.getByLabel('Search series').fill('');
    await page.getByLabel('Group the legend by a tag').selectOption('By region');
    const groups = page.locator('.chart-legend-tag');
    assert.deepEqual((await groups.allTextContents()).sort(), ['region=eu', 'region=us']);
    const drawn = async () =>
      await Promise.all(
        [0, 1, 2, 3].map(async (i) => (await pixelsOf(canvasOf(page), `--c${i}`)).count > 20),
      );
    assert.deepEqual(await drawn(), [true, true, true, true]);
    await groups.filter({ hasText: 'us' }).click();
    assert.equal(await page.locator('.chart-legend-name[aria-pressed=true]').count(), 3);
    // What is drawn follows with the next frame.
    await page.waitForFunction(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    assert.deepEqual(await drawn(), [true, true, true, false]);
    assert.deepEqual(faults, []);
  });

  it('ranks the series of a highlighted window by what changed, of the metric and of all metrics, by stored figures', async () => {
    const window = `${AT + 5 * MINUTE_MS}-${AT + 6 * MINUTE_MS}`;
    const { page, faults } = await dashboard.open(`/explore?${RANGE}&band=off&explain=${window}`);
    const first = async (name: string) => {
      const row = page.getByRole('table', { name, exact: true }).locator('tbody tr').first();
      await row.waitFor();
      return (await row.locator('th, td').allTextContents()).slice(0, 5);
    };
    const averages = async (metric: string, host: string) => {
      const rows = await sql<{ readonly before: number; readonly within: number }>(
        `SELECT avg(value) FILTER (WHERE time < to_timestamp($4)) AS before, avg(value) FILTER (WHERE time >= to_timestamp($4)) AS within
         FROM tactus.metric_points WHERE tenant_id = $1 AND metric = $2 AND tags->>'host' = $3
           AND time >= to_timestamp($4 - 60) AND time < to_timestamp($4 + 60)`,
        ...[metric, host, AT / 1_000 + 300],
      );
      return [rows[0]?.before, rows[0]?.within].map((value) => figure(value ?? Number.NaN));
    };
    const [name, ...figures] = await first('Series that changed most');
    assert.match(name ?? '', /host=h03/);
    assert.deepEqual(figures.slice(0, 2), await averages(METRIC, 'h03'));
    await page.getByRole('button', { name: 'Look through all metrics' }).click();
    await page.getByText('2 of 2 metrics looked at').waitFor();
    const rows = page
      .getByRole('table', { name: 'Series of all metrics that changed most' })
      .locator('tbody tr');
    const errors = rows.filter({ hasText: 'signup.errors' }).first();
    assert.match((await errors.textContent()) ?? '', /host=h06/);
    const cells = await errors.locator('th, td').allTextContents();
    assert.deepEqual(cells.slice(2, 4), await averages('signup.errors', 'h06'));
    assert.match(
      (await first('Series of all metrics that changed most')).join(),
      new RegExp(`^${METRIC},host=h03`),
    );
    assert.deepEqual(faults, []);
  });

  it('undoes and does again what changed the view, and shows times in the zone that is chosen', async () => {
    const { page, faults } = await dashboard.open(`/explore?${RANGE}&band=off&view=table`, {
      timezoneId: 'Asia/Tokyo',
    });
    const oldest = page.locator('.chart-table tbody tr').last();
    const hourIn = (hours: number) => new Date(AT + hours * 3_600_000).toISOString().slice(11, 16);
    await oldest.getByText(hourIn(9)).waitFor();
    await page.getByRole('button', { name: 'Range of time' }).click();
    await page.getByRole('dialog').getByLabel('Times in').selectOption('UTC');
    await page.keyboard.press('Escape');
    await oldest.getByText(hourIn(0)).waitFor();
    await page.getByRole('link', { name: 'Chart', exact: true }).click();
    await page.getByRole('application').focus();
    await page.keyboard.press('+');
    const isZoomed = ({ searchParams }: URL) => searchParams.get('from') !== String(AT);
    await page.waitForURL(isZoomed);
    const zoomed = page.url();
    await page.goBack();
    await page.waitForURL((url) => !isZoomed(url));
    await page.goForward();
    await page.waitForURL(zoomed);
    await page.getByRole('application').dblclick();
    await page.waitForURL((url) => !isZoomed(url));
    await page.goBack();
    await oldest.getByText(hourIn(0)).waitFor();
    assert.deepEqual(faults, []);
  });

  it('stands still while it is paused, and goes on with what came meanwhile', async () => {
    const add = async (value: number) => {
      await sql(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id) VALUES (now() - interval '5 s', $1, 'pulse', '{}', $2::float8, concat($1::text, 'pulse', $2::float8))`,
        value,
      );
    };
    await add(71);
    const { page } = await dashboard.open('/explore?metric=pulse&from=now-5m&view=table&band=off', {
      hasClock: true,
    });
    await page.locator('td[data-value="71"]').waitFor();
    // The list of metrics says so too, in the first minute of an hour.
    await page
      .getByRole('banner')
      .getByText(/^(just now|\d+ s ago)$/)
      .waitFor();
    await page.keyboard.press('p');
    await page.getByText(/^Paused at \d\d:\d\d:\d\d$/).waitFor();
    await page.waitForLoadState('networkidle');
    await add(72);
    let asked = 0;
    page.on('request', (request) => {
      if (/metrics\/(query|aggregated)/.test(request.url())) asked += 1;
    });
    await page.clock.fastForward('02:00');
    await page.getByText(/^Paused at/).waitFor();
    assert.equal(asked, 0);
    await page.getByRole('button', { name: 'Go on live' }).click();
    await page.locator('td[data-value="72"]').waitFor();
  });

  it('moves less for who wishes that, and draws charts anew in high contrast', async () => {
    const { page, faults } = await dashboard.open(`/explore?${RANGE}&tag=host=h03&band=off`, {
      reducedMotion: 'no-preference',
      contrast: 'more',
    });
    await page.locator('.chart-ribbon button').first().waitFor();
    const moves = async () =>
      await page.evaluate(() => {
        const dot = document.body.appendChild(document.createElement('span'));
        dot.className = 'skeleton';
        const { animationDuration, animationIterationCount } = getComputedStyle(dot);
        dot.remove();
        return [animationDuration, animationIterationCount];
      });
    assert.deepEqual(await moves(), ['1.6s', 'infinite']);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    assert.deepEqual(await moves(), ['1e-05s', '1']);
    const themeOf = async () => await page.evaluate(() => document.documentElement.dataset.theme);
    assert.equal(await themeOf(), 'contrast');
    const inContrast = await pixelsOf(canvasOf(page), '--c0');
    assert.ok(inContrast.count > 50, `${inContrast.count} px`);
    assert.deepEqual(await violationsOf(page), []);
    await page.emulateMedia({ contrast: 'no-preference' });
    await page.waitForFunction(() => document.documentElement.dataset.theme === undefined);
    await page.waitForFunction(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    assert.ok((await pixelsOf(canvasOf(page), '--c0')).count > 50, 'in the colours of the other theme');
    assert.deepEqual(faults, []);
  });

  it('is left and entered by links, keys and "back", with the range kept', async () => {
    const { page, faults } = await dashboard.open('/settings?from=now-6h');
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByRole('heading', { name: 'Alerts', level: 1 }).waitFor();
    assert.match(page.url(), /\/alerts\?from=now-6h$/);
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.getByRole('heading', { name: 'Explore', level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Alerts', level: 1 }).waitFor();
    assert.deepEqual(faults, []);
  });

  it('has a palette, and help for keys', async () => {
    const { page } = await dashboard.open('/settings');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').waitFor();
    await page.keyboard.type('go qual');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Quality', level: 1 }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
  });

  it('takes ranges that are chosen, written and pasted, and shows times in UTC on demand', async () => {
    const { page } = await dashboard.open('/settings', {
      timezoneId: 'Asia/Tokyo',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('button', { name: 'Range of time' }).click();
    await page.evaluate(() =>
      navigator.clipboard.writeText(
        'http://elsewhere/d/1?from=2026-11-26T02:00:00Z&to=2026-11-26T04:30:00Z&x=1',
      ),
    );
    await page.getByLabel('From').focus();
    await page.keyboard.press('Control+v');
    assert.equal(await page.getByLabel('From').inputValue(), '2026-11-26T02:00:00Z');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('26 Nov, 11:00 – 26 Nov, 13:30').waitFor();
    await page.getByRole('button', { name: 'Range of time' }).click();
    await page.getByRole('menuitem', { name: 'Last 7 days' }).click();
    assert.match(page.url(), /from=now-7d&to=now/);
    await page.getByRole('button', { name: 'Range of time' }).click();
    await page.getByLabel('From').fill('2026-11-27T02:00:00Z');
    await page.getByLabel('To', { exact: true }).fill('2026-11-27T01:00:00Z');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('The end has to be after the begin.').waitFor();
    await page.getByLabel('To', { exact: true }).fill('2026-11-27T03:00:00Z');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('27 Nov, 11:00 – 27 Nov, 12:00').waitFor();
    await page.getByRole('button', { name: 'Range of time' }).click();
    await page.getByRole('dialog').getByLabel('Times in').selectOption('UTC');
    await page.keyboard.press('Escape');
    await page.getByText('27 Nov, 02:00 – 27 Nov, 03:00').waitFor();
    assert.match(page.url(), /tz=UTC/);
  });

  it('says since when it is stale while the API is away, and goes on by itself', async () => {
    const { page } = await dashboard.open('/events', { hasClock: true });
    await page.getByText(/^(Updated|Live)$/).waitFor();
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.clock.fastForward('00:06');
    await page.getByText(/^Stale since \d\d:\d\d:\d\d$/).waitFor();
    await page.unroute('**/api/v1/**');
    await page.getByText(/^(Updated|Live)$/).waitFor();
  });

  it('offers a viewer no administration', async () => {
    const { page } = await dashboard.open('/settings', { role: 'viewer' });
    await page.getByRole('link', { name: 'Settings' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Access' }).count(), 0);
  });

  for (const theme of ['light', 'dark', 'contrast'] as const)
    it(`passes axe in ${theme}, at the width of a phone too`, async () => {
      const { page } = await dashboard.open('/settings', { theme });
      await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
      assert.deepEqual(await violationsOf(page), []);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole('button', { name: 'Pages' }).click();
      await page.getByRole('link', { name: 'Alerts' }).waitFor();
      assert.deepEqual(await violationsOf(page), []);
    });
});
