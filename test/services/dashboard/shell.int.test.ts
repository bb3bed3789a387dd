import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DashboardFixture, violationsOf } from '../../support/dashboard-fixture.js';

describe('what surrounds the pages', { timeout: 180_000 }, () => {
  let dashboard: DashboardFixture;
  before(async () => {
    dashboard = await DashboardFixture.start('shell');
  });
  after(() => dashboard.stop());

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
    const { page } = await dashboard.open('/settings', { timezoneId: 'Asia/Tokyo' });
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
    const { page } = await dashboard.open('/events');
    await page.getByText(/^(Updated|Live)$/).waitFor();
    await page.route('**/api/v1/**', (route) => route.abort());
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
      const { page } = await dashboard.open('/settings');
      await page.evaluate((name) => localStorage.setItem('tactus-theme', name), theme);
      await page.reload();
      await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
      assert.deepEqual(await violationsOf(page), []);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole('button', { name: 'Pages' }).click();
      await page.getByRole('link', { name: 'Alerts' }).waitFor();
      assert.deepEqual(await violationsOf(page), []);
    });
});
