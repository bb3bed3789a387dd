import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { TOTP } from 'otpauth';
import type { Page, Route } from 'playwright-core';
import { DashboardFixture, PASSWORD, requireClean } from '../../support/dashboard-fixture.js';
import { PlainClient } from '../../support/plain-client.js';
import { refreshRollups } from '../../support/refresh-rollups.js';
import { refusePoints } from '../../support/refused-points.js';
import { sharedServers } from '../../support/servers.js';

const HOUR_MS = 3_600_000;
const METRIC = 'checkout.latency_ms';

describe('events, dead letters, rules, access and settings', { timeout: 240_000 }, () => {
  let dashboard: DashboardFixture;
  let own: string;
  const started = Date.now();
  /** A window of ten seconds, some time ago. */
  const from = Math.floor((started - HOUR_MS / 2) / 10_000) * 10;

  before(async () => {
    dashboard = await DashboardFixture.start('managing', { TACTUS_DEDUP_WINDOW_MS: '1000' });
    const { api, tenant } = dashboard;
    own = tenant;
    const client = new PlainClient(sharedServers(), api.prefix);
    const played = await client.encoder('elsewhere', {
      ...{ type: 'record', name: 'Played', fields: [{ name: 'song', type: 'string' }] },
    });
    const letters = [own, `${own}-2`].map((of) => ({
      ...{ tenant: of, message: `65 tags of ${of}`, failedAt: started - 60_000 },
      value: Buffer.from(JSON.stringify({ host: '<img src=x onerror=alert(1)>', of })),
    }));
    const ofYesterday = {
      ...{
        tenant: own,
        value: played({ song: 'Échoes' }),
        headers: { traceparent: Buffer.from('00-ab-cd-01') },
      },
      ...{ error: 'TACTUS_FIELD_INVALID', message: 'of yesterday', failedAt: started - 24 * HOUR_MS },
    };
    await Promise.all([
      refusePoints(client, api.prefix, [...letters, ofYesterday]),
      api.pool.query(
        `INSERT INTO tactus.events (time, tenant_id, type, id, subject_id, attributes)
         SELECT now() - n * interval '1 minute', $1, CASE WHEN n % 2 = 0 THEN 'song_play' ELSE 'purchase' END, $1 || n, 'user-' || n,
           jsonb_build_object('plan', CASE WHEN n < 3 THEN 'family' ELSE 'solo' END, 'price', n)
         FROM generate_series(1, 5) AS n`,
        [own],
      ),
      api.pool.query(
        `INSERT INTO tactus.windows
         SELECT to_timestamp(t), to_timestamp(t + 10), $1, $3, '{"shop": "berlin"}', '10s', 1, v, v, v, v, 0, v, v, NULL, to_timestamp(t + 10), now()
         FROM (SELECT $2::bigint + 10 * n AS t, CASE WHEN n BETWEEN 10 AND 25 THEN 400 ELSE 10 END AS v FROM generate_series(0, 40) AS n) AS w`,
        [own, from, METRIC],
      ),
      api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT to_timestamp($2::bigint + 10 * n + 5), $1, $3, '{"shop": "berlin"}', CASE WHEN n BETWEEN 10 AND 25 THEN 400 ELSE 10 END, $1 || n
         FROM generate_series(0, 40) AS n`,
        [own, from, METRIC],
      ),
    ]);
    // Others may have refreshed that time already. A day has to lie in it.
    await refreshRollups(api.pool, { start: started - 48 * HOUR_MS, end: started });
  });
  afterEach(() => dashboard.closePages());
  after(() => dashboard.stop());

  it('finds events by what they have, newest first', async () => {
    const { page, faults } = await dashboard.open('/events');
    const rows = page.locator('.row-item');
    await rows.nth(4).waitFor();
    assert.equal(await rows.count(), 5);
    assert.match((await rows.first().textContent()) ?? '', /purchase\s*user-1/);
    await page.getByLabel('Attributes').fill('plan=solo price=4');
    await page.getByLabel('Attributes').press('Enter');
    await page.getByText('1 shown, newest first').waitFor();
    assert.match((await rows.first().textContent()) ?? '', /song_play\s*user-4/);
    assert.match(page.url(), /attributes=plan%3Dsolo\+price%3D4/);
    await page.getByLabel('Type').fill('nothing');
    await page.getByLabel('Type').press('Enter');
    await page.getByText('No event matches').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('5 shown, newest first').waitFor();
    await requireClean(page, faults);
  });

  it('shows a dead letter with its bytes, and replays it after saying what that does', async () => {
    const { page, faults } = await dashboard.open('/dead-letters');
    await page.getByText('1 in this range').waitFor();
    await page.getByText(`65 tags of ${own}`, { exact: true }).first().click();
    assert.match((await page.getByRole('region', { name: 'Value' }).textContent()) ?? '', /<img src=x/);
    await page.getByRole('button', { name: 'Bytes', exact: true }).click();
    assert.match((await page.locator('.dump').textContent()) ?? '', /^000000 {2}7b 22 68 6f 73 74.*\{"host/);
    await requireClean(page, faults);
    await page.getByRole('button', { name: 'Replay this one' }).click();
    await page.getByText('1 would be sent again').waitFor();
    await page.getByRole('button', { name: 'Replay 1' }).click();
    await page.getByText('1 replayed. What is refused again comes back here.').waitFor();
    await page.locator('.tag', { hasText: 'replayed' }).waitFor();

    const viewer = await dashboard.open('/dead-letters', { role: 'viewer' });
    await viewer.page.getByText('1 in this range').waitFor();
    assert.equal(await viewer.page.getByRole('button', { name: /Replay/ }).count(), 0);
    const other = await dashboard.open('/dead-letters', { tenant: `${own}-3` });
    await other.page.getByText('No dead letters in this range').waitFor();
  });

  it('opens a dead letter of any time by its address, decoded by its schema', async () => {
    const { api } = dashboard;
    const { items } = (
      await api.ask(
        dashboard.key,
        `/api/v1/dead-letters?tenantId=${own}&until=${new Date(started - HOUR_MS).toISOString()}`,
      )
    ).body;
    const { page, faults } = await dashboard.open(`/dead-letters/${items[0].id}`);
    const card = page.getByRole('region', { name: `Dead letter ${items[0].id}` });
    const value = card.getByRole('region', { name: 'Value' });
    await value.waitFor();
    assert.deepEqual(JSON.parse((await value.locator('pre').textContent()) ?? ''), { song: 'Échoes' });
    await card.getByText('Avro by schema').waitFor();
    assert.match(
      (await card.textContent()) ?? '',
      /\(Played\).*traceparent: 00-ab-cd-01|traceparent: 00-ab-cd-01.*\(Played\)/,
    );
    await card.getByRole('button', { name: 'Bytes', exact: true }).click();
    assert.match((await card.locator('.dump').textContent()) ?? '', /^000000 {2}00 /);
    await requireClean(page, faults);
    await card.getByRole('link', { name: 'All dead letters' }).click();
    await card.waitFor({ state: 'detached' });

    const gone = await dashboard.open('/dead-letters/0:99999999');
    await gone.page.getByText('It is not there any more').waitFor();
    await gone.page.getByText('1 in this range').waitFor();
  });

  it('makes a rule from what a chart has shown, whose back-test is what the rule does', async () => {
    const address = `/rules/new?metric=${METRIC}&expr=${encodeURIComponent('meann > 300.0')}&from=now-1h`;
    const { page, faults } = await dashboard.open(address);
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'CheckoutLatencyMs');
    await page.getByText('Unknown variable: meann').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Make the rule' }).isDisabled(), true);
    const condition = page.getByLabel('Condition (CEL)');
    await condition.fill('');
    await condition.pressSequentially('me');
    await page.getByRole('option', { name: /^mean/ }).waitFor();
    await condition.press('Tab');
    await condition.pressSequentially(' > 300.0');
    assert.equal(await condition.inputValue(), 'mean > 300.0');
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Window', { exact: true }).fill('11s');
    await page.getByText('must be one of the window definitions').waitFor();
    await page.getByLabel('Window', { exact: true }).fill('10s');
    await page.getByLabel('Metric', { exact: true }).fill('checkout.nowhere');
    await page.getByText('No metric checkout.nowhere was seen in windows "10s".').waitFor();
    await page.getByLabel('Metric', { exact: true }).fill(METRIC);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const said = page.getByRole('status').filter({ hasText: 'would have fired' });
    await said.waitFor();
    // 16 windows of 400 from the tenth on, and "for" takes 30 s of them.
    assert.match((await said.textContent()) ?? '', /1 would have fired over 41 windows/);
    assert.equal(await page.locator('.fired li').count(), 1);

    await page.getByLabel('Tests', { exact: true }).fill(`tests:
  - name: slow checkouts fire
    series:
      - { metric: ${METRIC}, tenant: ${own}, tags: { shop: a }, values: 10 400x6 }
    alerts:
      - { at: 70s, rule: CheckoutLatencyMs, expect: [{ state: firing }] }
  - name: quick ones do not
    series:
      - { metric: ${METRIC}, tenant: ${own}, tags: { shop: a }, values: 10x6 }
    alerts:
      - { at: 70s, rule: CheckoutLatencyMs, expect: [{ state: firing }] }
`);
    await page.getByRole('button', { name: 'Run the tests' }).click();
    await page.getByText('1 passed, 1 failed').waitFor();
    await requireClean(page, faults);
    await page.getByRole('button', { name: 'Make the rule' }).click();
    await page.getByRole('link', { name: 'CheckoutLatencyMs' }).waitFor();
    const { body } = await dashboard.api.ask(
      dashboard.key,
      `/api/v1/rules/CheckoutLatencyMs?tenantId=${own}`,
    );
    assert.deepEqual(
      [body.metric, body.expr, body.for, body.severity, body.origin],
      [METRIC, 'mean > 300.0', '30s', 'warning', 'api'],
    );
    await requireClean(page, faults);

    const ofFile = (await dashboard.open('/rules/HostDiskFull')).page;
    const make = ofFile.getByRole('button', { name: 'Make the rule' });
    await ofFile.getByText('It comes from a file, and is changed there.').waitFor();
    assert.ok(await make.isDisabled(), 'under a name that the API keeps for the file');
    await ofFile.getByLabel('Name', { exact: true }).fill('OurDiskFull');
    await make.click();
    await ofFile.getByRole('link', { name: 'OurDiskFull' }).waitFor();

    const viewer = await dashboard.open('/rules/CheckoutLatencyMs', { role: 'viewer' });
    await viewer.page.getByRole('heading', { name: 'CheckoutLatencyMs' }).waitFor();
    assert.equal(await viewer.page.getByRole('button', { name: 'Save' }).count(), 0);
    await page.getByRole('link', { name: 'CheckoutLatencyMs' }).click();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('is removed; its alerts are resolved.').waitFor();
  });

  it('gives people roles and programs keys', async () => {
    const { page, faults } = await dashboard.open('/access', { role: 'admin' });
    await page.getByRole('button', { name: 'Add a user' }).click();
    const name = `eve.${own}`;
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByLabel('Role').selectOption('operator');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(`${name} may log in as operator.`).waitFor();
    await requireClean(page, faults);

    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('Name').fill('checkout');
    await page.getByLabel('read everything of the tenant').check();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = (await page.getByRole('region', { name: 'Key', exact: true }).textContent()) ?? '';
    assert.match(key, /^tactus_/);
    await page.getByRole('button', { name: 'I have it' }).click();
    const row = page.getByRole('row', { name: /checkout/ });
    await row.getByText('in force').waitFor();
    assert.equal(await row.getByText('revoked').count(), 0);
    await page.setViewportSize({ width: 390, height: 844 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await page.getByRole('link', { name: 'Users' }).click();
    const role = page.getByRole('row', { name: new RegExp(name) }).getByText('operator', { exact: true });
    assert.ok(((await role.boundingBox())?.height ?? 99) < 30, 'the word is in one line');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.getByRole('link', { name: 'Keys' }).click();
    assert.ok(!(await page.content()).includes(key), 'it is shown once');
    await requireClean(page, faults);
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await row.getByText('revoked').first().waitFor();

    await page.getByRole('link', { name: 'Tenant', exact: true }).click();
    await page.getByText('Nothing is set for this tenant alone').waitFor();
    const viewer = await dashboard.open('/access', { role: 'viewer' });
    await viewer.page.getByText('You may not see this').waitFor();
  });

  it('lets people change their password and turn a second factor on', async () => {
    const { page, faults } = await dashboard.open('/settings', { role: 'viewer', tenant: `${own}-4` });
    await page.getByText(`viewer of ${own}-4`).waitFor();
    await requireClean(page, faults);
    const factor = page.getByRole('region', { name: 'Second factor' });
    await factor.getByLabel('Password').fill(PASSWORD);
    await factor.getByRole('button', { name: 'Turn it on' }).click();
    const secret = (await page.getByRole('region', { name: 'Secret' }).textContent()) ?? '';
    await factor.getByLabel('Code').fill(new TOTP({ secret }).generate());
    await factor.getByRole('button', { name: 'Turn it on' }).click();
    await page.getByText('Keep these codes').waitFor();
    assert.equal(await page.locator('.recovery li').count(), 10);
    await page.getByRole('button', { name: 'I have them' }).click();
    await page.getByText('It is on: logging in takes a code of your app.').waitFor();

    const password = page.getByRole('region', { name: 'Password', exact: true });
    await password.getByLabel('Current password').fill('not this one');
    await password.getByLabel('New password').fill('another correct horse');
    await password.getByRole('button', { name: 'Change the password' }).click();
    await password.getByRole('alert').waitFor();
  });

  describe('on each page', () => {
    let page: Page;
    /** What becomes of what the page asks, and what waits. */
    let answers: 'come' | 'wait' | 'refuse' | 'fail' = 'come';
    const waiting: (() => Promise<void>)[] = [];
    const answer = async (route: Route): Promise<void> => {
      if (answers === 'come') await route.fallback();
      else if (answers === 'fail') await route.abort();
      else if (answers === 'wait') waiting.push(() => answer(route));
      else
        await route.fulfill({
          status: 403,
          contentType: 'application/problem+json',
          body: JSON.stringify({
            status: 403,
            code: 'TACTUS_FORBIDDEN',
            detail: 'read is not among the rights',
          }),
        });
    };
    const go = async (title: string) => {
      await page.getByRole('navigation').getByRole('link', { name: title, exact: true }).click();
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    };
    before(async () => {
      ({ page } = await dashboard.open('/settings', { role: 'admin', hasClock: true, stays: true }));
      await page.getByText(`admin of ${own}`).waitFor();
      // But for what keeps somebody logged in while the clock runs.
      await page.route(/\/api\/v1\/(?!auth\/(?!me))/, answer);
    });

    for (const { title, shows, isOnce = false } of [
      { title: 'Overview', shows: 'No alert fires' },
      { title: 'Explore', shows: METRIC },
      { title: 'Dashboards', shows: 'System health', isOnce: true },
      { title: 'Events', shows: '5 shown, newest first' },
      { title: 'Anomalies', shows: 'Nothing unusual in this range' },
      { title: 'Alerts', shows: 'Nothing fires' },
      { title: 'Rules', shows: 'CollectorSilent' },
      { title: 'Quality', shows: 'A window is compared some minutes after it ends' },
      { title: 'Dead letters', shows: '65 tags of managing-' },
      { title: 'Access', shows: 'admin.managing-', isOnce: true },
      { title: 'Settings', shows: 'admin of managing-', isOnce: true },
    ])
      it(`${title} shows that it loads, is refused, is not answered, and keeps what it has, marked stale`, async () => {
        const other = title === 'Rules' ? 'Quality' : 'Rules';
        const main = page.getByRole('main');
        await go(other);
        answers = 'wait';
        await go(title);
        await main.getByRole('status', { name: 'Loading' }).first().waitFor();
        answers = 'refuse';
        await Promise.all(waiting.splice(0).map((next) => next()));
        await main.getByText('You may not see this').first().waitFor();
        await main.getByText('Ask an admin of the tenant').first().waitFor();
        answers = 'fail';
        await go(other);
        await go(title);
        await main.getByText('The API does not answer').first().waitFor();
        answers = 'come';
        await main.getByRole('button', { name: 'Try again' }).first().click();
        await main.getByText(shows).first().waitFor();
        if (isOnce) return;
        answers = 'fail';
        await page.clock.fastForward('02:00');
        await main
          .getByText(/^Stale: as of \d\d:\d\d:\d\d/)
          .first()
          .waitFor();
        await main.getByText(shows).first().waitFor();
        answers = 'come';
        await main.getByRole('button', { name: 'Try again' }).first().click();
        await page.clock.fastForward('02:00');
        await main
          .getByText(/^Stale: as of/)
          .first()
          .waitFor({ state: 'detached' });
      });
  });
});
