import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { openPage } from '../../support/browser.js';
import { DashboardFixture, violationsOf } from '../../support/dashboard-fixture.js';

const MINUTE_MS = 60_000;

interface Point {
  readonly x: number;
  readonly y: number;
}

describe('the page of dashboards', { timeout: 180_000 }, () => {
  let dashboard: DashboardFixture;
  let key = '';
  /** From ten minutes ago to six: 1 to 5 of one region, twice as much of the other. */
  const from = Math.floor(Date.now() / MINUTE_MS - 10) * 60;
  before(async () => {
    dashboard = await DashboardFixture.start('boards');
    key = await dashboard.api.key(dashboard.tenant, 'operate');
    const rows = `SELECT $2::bigint + 60 * n AS t, jsonb_build_object('region', region) AS tags, (n + 1) * size AS v
      FROM generate_series(0, 4) AS n, (VALUES ('eu', 1), ('us', 2)) AS r (region, size)`;
    await Promise.all([
      dashboard.api.pool.query(
        `INSERT INTO tactus.windows
         SELECT to_timestamp(t), to_timestamp(t + 10), $1, 'board.plays', tags, '10s', 1, v, v, v, v, 0, v, v, NULL, to_timestamp(t + 10), now()
         FROM (${rows}) AS w`,
        [dashboard.tenant, from],
      ),
      dashboard.api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT to_timestamp(t + 5), $1, 'board.plays', tags, v, concat($1::text, tags, t) FROM (${rows}) AS p`,
        [dashboard.tenant, from],
      ),
    ]);
  });
  afterEach(() => dashboard.closePages());
  after(() => dashboard.stop());

  const stored = async (id: string) =>
    (await dashboard.api.ask(key, `/api/v1/dashboards/${id}?tenantId=${dashboard.tenant}`)).body;
  const make = async (id: string, components: readonly object[]) => {
    const body = { id, title: `Board ${id}`, spec: { layout: 'grid', columns: 12, components } };
    const answer = await dashboard.api.ask(key, '/api/v1/dashboards', { method: 'POST', body });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
  };
  const placeOf = async (id: string, at = 0) => {
    const { x, y, w, h } = (await stored(id)).spec.components[at];
    return { x, y, w, h };
  };
  const KPI = {
    kind: 'kpi',
    title: 'Plays',
    metric: 'board.plays',
    aggregation: 'sum',
    x: 0,
    y: 0,
    w: 3,
    h: 2,
  };
  const TABLE = {
    ...{ kind: 'table', title: 'By region', metric: 'board.plays', aggregation: 'sum', by: ['region'] },
    ...{ x: 3, y: 2, w: 6, h: 3 },
  };
  /** As quickly as can be: the pointer is seen where it begins and where it ends. */
  const drag = async (page: Page, from: Point, by: Point) => {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + by.x, from.y + by.y);
    await page.mouse.up();
  };
  const save = async (page: Page) => {
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Edit', exact: true }).waitFor();
  };

  it('builds one of nothing, and shows the stored figures after a reload', async () => {
    const { page, faults } = await dashboard.open('/dashboards');
    await page.getByRole('link', { name: 'System health' }).waitFor();
    await page.getByRole('button', { name: 'New dashboard' }).click();
    await page.getByLabel('Title').fill('Music');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Press Add and choose').waitFor();
    for (const [kind, title] of [
      ['Figure', 'All plays'],
      ['Table', 'Per region'],
      ['Chart', 'Over time'],
      ['Heatmap', 'Heat'],
    ] as const) {
      await page.getByRole('button', { name: 'Add a widget' }).click();
      await page.getByRole('menuitem', { name: kind }).click();
      const editor = page.getByRole('dialog');
      await editor.getByLabel('Title').fill(title);
      await editor.getByLabel('Metric').fill('board.plays');
      await editor.getByLabel('Of the points of a step').selectOption('sum');
      if (kind === 'Table') await editor.getByLabel('Grouped by').fill('region');
      await editor.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('article', { name: title }).waitFor();
    }
    await page.keyboard.press('Control+z');
    await page.getByRole('article', { name: 'Heat' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Control+y');
    await page.getByRole('article', { name: 'Heat' }).waitFor();
    await save(page);
    await page.goto(`${page.url()}?from=now-15m`);
    const figure = page.getByRole('article', { name: 'All plays' }).locator('data');
    assert.equal(await figure.getAttribute('value'), '45', 'the sum of what is stored');
    const rows = page.getByRole('article', { name: 'Per region' }).getByRole('row');
    await rows.nth(1).waitFor();
    assert.deepEqual((await rows.allInnerTexts()).slice(1), ['us\t30', 'eu\t15']);
    const cells = page.getByRole('article', { name: 'Heat' }).locator('rect');
    await cells.first().waitFor();
    const heat = await cells.evaluateAll((all) => all.map((one) => Number(one.getAttribute('data-value'))));
    assert.deepEqual(
      heat.sort((a, b) => a - b),
      [1, 2, 2, 3, 4, 4, 5, 6, 8, 10],
    );
    const chart = page.getByRole('article', { name: 'Over time' });
    await chart.getByRole('button', { name: 'View as table' }).click();
    await chart.getByRole('cell', { name: '10', exact: true }).waitFor();
    assert.deepEqual(faults, []);
  });

  it('moves and sizes by the mouse and by keys, and keeps it', async () => {
    await make('grid', [KPI, TABLE]);
    const { page, faults } = await dashboard.open('/dashboards/grid?edit=on');
    const tile = page.locator('.grid-stack-item', { hasText: 'Plays' }).first();
    const head = await tile.getByRole('heading').boundingBox();
    const column = ((await page.locator('.grid-stack').boundingBox())?.width ?? 0) / 12;
    assert.ok(head !== null);
    await drag(page, { x: head.x + 10, y: head.y + 5 }, { x: 9 * column, y: 0 });
    const mover = page.getByRole('button', { name: 'Move By region by keys' });
    await mover.click();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('By region: column 3, row 3, 5 wide, 4 high').waitFor();
    await page.keyboard.press('Escape');
    await save(page);
    assert.deepEqual(await placeOf('grid', 0), { x: 9, y: 0, w: 3, h: 2 });
    assert.deepEqual(await placeOf('grid', 1), { x: 2, y: 2, w: 5, h: 4 });
    await page.goto(`${dashboard.api.url}/dashboards/grid?edit=on`);
    const edge = await page
      .locator('.grid-stack-item', { hasText: 'Plays' })
      .locator('.ui-resizable-s')
      .boundingBox();
    assert.ok(edge !== null);
    const middle = { x: edge.x + edge.width / 2, y: edge.y + edge.height / 2 };
    await drag(page, middle, { x: 0, y: 96 });
    await save(page);
    assert.deepEqual(await placeOf('grid', 0), { x: 9, y: 0, w: 3, h: 3 });
    assert.deepEqual(faults, []);
  });

  it('shows one cursor on all charts, pins it on all of them with the stored figures, and fills the screen', async () => {
    const chart = { ...KPI, kind: 'chart', w: 6, h: 3 };
    await make('cursor', [
      { ...chart, title: 'Of eu', tags: { region: 'eu' } },
      { ...chart, title: 'Of us', tags: { region: 'us' }, x: 6 },
    ]);
    const range = `from=${from * 1_000}&to=${from * 1_000 + 5 * MINUTE_MS}&tz=UTC`;
    const { page, faults } = await dashboard.open(`/dashboards/cursor?${range}`);
    const [one, other] = ['Of eu', 'Of us'].map((name) => page.getByRole('article', { name }));
    assert.ok(one !== undefined && other !== undefined);
    const areas = await Promise.all([one, other].map((of) => of.locator('.chart-over').boundingBox()));
    const [area, far] = areas;
    assert.ok(area && far);
    // Of the third minute.
    const at = (2 * MINUTE_MS + 4_000) / (5 * MINUTE_MS);
    await page.mouse.move(area.x + area.width * at, area.y + area.height / 2);
    await other.locator('.chart-cursor').waitFor();
    const cursor = await other.locator('.chart-cursor').boundingBox();
    assert.ok(cursor !== null);
    assert.ok(Math.abs(cursor.x - (far.x + far.width * at)) < 3, `the cursor is at ${cursor.x} px`);
    const { rows } = await dashboard.api.pool.query<{ value: number }>(
      `SELECT value FROM tactus.metric_points WHERE tenant_id = $1 AND metric = 'board.plays'
         AND time BETWEEN to_timestamp($2) AND to_timestamp($2 + 59) ORDER BY tags->>'region'`,
      [dashboard.tenant, from + 120],
    );
    const [ofOne = '', ofOther = ''] = rows.map(({ value }) => `${value}`);
    await one.locator('.chart-tip').getByText(ofOne, { exact: true }).waitFor();
    await page.mouse.down();
    await page.mouse.up();
    await page.getByRole('heading', { level: 1 }).hover();
    for (const [of, figure] of [
      [one, ofOne],
      [other, ofOther],
    ] as const)
      await of.locator('.chart-tip[data-pinned=true]').getByText(figure, { exact: true }).waitFor();
    await one.getByRole('application').focus();
    await page.keyboard.press('Escape');
    await page.locator('.chart-cursor.is-pinned').first().waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Show on the whole screen' }).click();
    await page.waitForFunction(() => document.fullscreenElement?.matches('.screen'));
    await page.getByRole('heading', { name: 'Board cursor', level: 2 }).last().waitFor();
    const covered = await page.evaluate(
      () => document.fullscreenElement?.contains(document.elementFromPoint(10, 10)) === true,
    );
    assert.ok(covered, 'nothing else is seen');
    await page.evaluate(() => document.exitFullscreen());
    assert.deepEqual(faults, []);
  });

  it('takes a chart of Explore onto a dashboard that somebody else saves meanwhile (412), and keeps both changes', async () => {
    await make('add', [KPI]);
    const { page, faults } = await dashboard.open('/explore?metric=board.plays&from=now-30m&by=*&agg=sum');
    let saves = 0;
    await page.route('**/api/v1/dashboards/add*', async (route) => {
      if (route.request().method() === 'PUT') saves += 1;
      if (saves === 1) {
        const path = `/api/v1/dashboards/add?tenantId=${dashboard.tenant}`;
        const { body, headers } = await dashboard.api.ask(key, path);
        const { status } = await dashboard.api.ask(key, path, {
          ...{ method: 'PUT', headers: { 'if-match': headers.get('etag') ?? '' } },
          body: { title: 'Theirs', spec: body.spec },
        });
        assert.equal(status, 200);
      }
      await route.continue();
    });
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog', { name: 'Save to a dashboard' });
    await dialog.getByLabel('Title', { exact: true }).fill('From Explore');
    await dialog.getByLabel('Dashboard').selectOption('Board add');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Added to “Theirs”.').waitFor();
    const { title, spec } = await stored('add');
    const titles = spec.components.map((one: { title: string }) => one.title);
    assert.deepEqual([saves, title, titles], [2, 'Theirs', ['Plays', 'From Explore']]);
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? '', /412/);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    const added = page.getByRole('article', { name: 'From Explore' });
    await added.getByRole('button', { name: 'View as table' }).click();
    await added.getByRole('cell', { name: '15', exact: true }).waitFor();
  });

  it('shows who was overtaken both changes, and keeps the one that is chosen', async () => {
    await make('shared', [KPI, TABLE]);
    const { page, faults } = await dashboard.open('/dashboards/shared?edit=on');
    const second = await page.context().newPage();
    await second.goto(`${dashboard.api.url}/dashboards/shared?edit=on`);
    const rename = async (of: Page, title: string) => {
      await of.getByLabel('Title of the dashboard').fill(title);
      await of.getByLabel('Title of the dashboard').press('Tab');
    };
    await second.getByLabel('Title of the dashboard').waitFor();
    await rename(page, 'First');
    await save(page);
    await rename(second, 'Second');
    await second.getByRole('button', { name: 'Remove By region' }).click();
    await second.getByRole('button', { name: 'Save' }).click();
    const conflict = second.getByRole('dialog');
    await conflict.getByText(`operator.${dashboard.tenant} has saved this dashboard`).waitFor();
    const said = (name: string | RegExp) =>
      conflict.getByRole('region', { name }).getByRole('listitem').allInnerTexts();
    assert.deepEqual(await said(/^By operator/), ['The title is “First”, it was “Board shared”']);
    assert.deepEqual(await said('By you'), [
      'The title is “Second”, it was “Board shared”',
      'Removed: By region',
    ]);
    await conflict.getByRole('button', { name: 'Keep mine, replace theirs' }).click();
    await second.getByRole('button', { name: 'Edit', exact: true }).waitFor();
    const { title, spec } = await stored('shared');
    assert.deepEqual([title, spec.components.length], ['Second', 1]);
    assert.deepEqual(faults, []);
  });

  it('writes a file and reads it again, and says each mistake in one', async () => {
    await make('file', [KPI, { ...TABLE, id: 'table' }]);
    const { page, faults } = await dashboard.open('/dashboards/file');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    const path = await (await download).path();
    await page.goto(`${dashboard.api.url}/dashboards`);
    await page.getByRole('button', { name: 'Import' }).click();
    await page
      .getByLabel('Or its text')
      .fill(JSON.stringify({ title: '', spec: { components: [{ ...KPI, w: 99 }] } }));
    await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
    assert.deepEqual(
      await page.getByRole('list', { name: 'Mistakes' }).getByRole('listitem').allInnerTexts(),
      [
        'title: must be a text of 1 to 200 characters',
        'spec.components.0.w: must be a whole number from 1 to 12',
      ],
    );
    await page.getByLabel('File', { exact: true }).setInputFiles(path);
    await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('Board file'));
    await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
    await page.getByRole('article', { name: 'By region' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) as string;
    const [one, other] = [await stored('file'), await stored(id)];
    assert.deepEqual([other.title, other.spec.components[1]], [one.title, one.spec.components[1]]);
    assert.deepEqual(faults, []);
  });

  it('opens by a link in another browser, that dashboard alone, until the link is revoked', async () => {
    await make('link', [KPI, TABLE, { kind: 'text', title: 'Hint', text: 'Ask us', x: 9, y: 0, w: 3, h: 2 }]);
    const { page } = await dashboard.open('/dashboards/link');
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByLabel('What it is for').fill('the wall');
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = await page
      .getByRole('region', { name: 'Link to the dashboard' })
      .locator('pre')
      .textContent();
    const { page: wall, faults } = await openPage(dashboard.browser, dashboard.api.url);
    await wall.goto(link ?? '');
    const figure = wall.getByRole('article', { name: 'Plays' }).locator('data');
    assert.equal(await figure.getAttribute('value'), '45');
    await wall.getByText('Read-only, by a link that is good until').waitFor();
    assert.equal(new URL(wall.url()).hash, '');
    assert.equal(await wall.getByRole('link').count(), 0, 'nothing leads elsewhere');
    assert.deepEqual(await violationsOf(wall), []);
    await wall.reload();
    await wall.getByRole('article', { name: 'By region' }).getByText('30').waitFor();
    assert.deepEqual(faults, []);
    await page
      .getByRole('row', { name: /the wall/ })
      .getByRole('button', { name: 'Revoke' })
      .click();
    await page.getByText('There are no links to it').waitFor();
    await wall.getByRole('button', { name: 'Range of time' }).click();
    await wall.getByRole('menuitem', { name: 'Last 15 minutes' }).click();
    await wall.getByText('This link shows nothing any more').waitFor();
    await wall.goto(link ?? '');
    await wall.getByText(/expired or was revoked/).waitFor();
    await wall.getByRole('button', { name: 'Log in' }).click();
    await wall.getByRole('heading', { name: 'Log in' }).waitFor();

    await page.getByRole('button', { name: 'Make a link' }).click();
    const short = await page
      .getByRole('region', { name: 'Link to the dashboard' })
      .locator('pre')
      .filter({ hasNotText: link ?? '' })
      .textContent();
    await dashboard.api.pool.query(
      'UPDATE tactus.dashboard_shares SET expires_at = now() WHERE tenant_id = $1',
      [dashboard.tenant],
    );
    await wall.goto(short ?? '');
    await wall.getByText(/expired or was revoked/).waitFor();
    assert.equal(await wall.getByRole('article').count(), 0);
  });

  it('offers a viewer nothing that changes, and shows what cannot be drawn as such', async () => {
    await make('view', [KPI]);
    const { page } = await dashboard.open('/dashboards/view?edit=on', { role: 'viewer' });
    await page.getByRole('article', { name: 'Plays' }).locator('data').waitFor();
    for (const name of ['Edit', 'Save', 'Share', 'Duplicate'])
      assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
    await page.route('**/api/v1/metrics/aggregated**', (route) => route.abort());
    await page.reload();
    await page.getByText('The API does not answer', { exact: true }).waitFor();
  });

  for (const theme of ['light', 'dark'] as const)
    it(`passes axe in ${theme}, also while it is edited and at the width of a phone`, async () => {
      await make(theme, [
        KPI,
        TABLE,
        { ...KPI, kind: 'chart', y: 5, w: 6 },
        { ...TABLE, kind: 'heatmap', y: 7 },
      ]);
      const { page } = await dashboard.open(`/dashboards/${theme}`, { colorScheme: theme });
      await page.getByRole('article', { name: 'Plays' }).locator('data').waitFor();
      assert.deepEqual(await violationsOf(page), []);
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await page.getByRole('button', { name: 'Change By region' }).first().click();
      await page.getByRole('dialog').getByText('Preview').waitFor();
      assert.deepEqual(await violationsOf(page), []);
      await page.keyboard.press('Escape');
      await page.setViewportSize({ width: 390, height: 844 });
      assert.deepEqual(await violationsOf(page), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    });
});
