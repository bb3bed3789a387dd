import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { normal, seeded } from '../../shared/detection/generators.js';
import { pixelsOf } from '../../support/canvas-pixels.js';
import { DashboardFixture, requireClean } from '../../support/dashboard-fixture.js';
import { until } from '../../support/until.js';

const METRIC = 'checkout.latency_ms';
/** Of which there is an anomaly of two days ago alone. */
const OLD = 'checkout.refunds';
/** Whose windows are noise. */
const NOISY = 'checkout.wobble';

describe('alerts and anomalies', { timeout: 240_000 }, () => {
  let dashboard: DashboardFixture;
  let own: string;
  let alert: (host: string, state: string, severity: string, value: number, rule?: string) => Promise<string>;
  const fingerprint = { web: '', db: '', over: '' };
  /** A window of ten seconds, some time ago. */
  const from = Math.floor(Date.now() / 10_000) * 10 - 1_200;

  const noise = normal(seeded(11), 50, 2);
  /** From the 300 windows before on. */
  const values = Array.from({ length: 391 }, () => noise());

  before(async () => {
    dashboard = await DashboardFixture.start('alerts');
    const { api, tenant } = dashboard;
    own = tenant;
    alert = async (host, state, severity, value, rule = 'HostBusy') => {
      const print = randomBytes(8).toString('hex');
      await api.pool.query(
        `INSERT INTO tactus.alerts VALUES ($2, to_timestamp($7), $8, $1, $4, $5,
           jsonb_build_object('alertname', $8::text, 'tenant', $1::text, 'host', $3::text, 'metric', '${METRIC}'),
           jsonb_build_object('summary', $3 || ' is busy', 'runbook_url', CASE WHEN $3 = 'web-1' THEN 'https://example.com/busy' ELSE 'javascript:alert(1)' END)
             || CASE WHEN $3 = 'db-1' THEN '{"flapping": "40 % of the last 20 evaluations changed its state"}' ELSE '{}' END::jsonb,
           $6, CASE WHEN $4 = 'resolved' THEN now() - interval '1 minute' END, now())`,
        [own, print, host, state, severity, value, from + 300, rule],
      );
      return print;
    };
    [fingerprint.web, fingerprint.db, fingerprint.over] = await Promise.all([
      alert('web-1', 'firing', 'warning', 95),
      alert('db-1', 'firing', 'critical', 99),
      alert('web-2', 'resolved', 'warning', 91),
    ]);
    const rule = { name: 'HostBusy', window: '10s', metric: METRIC, expr: 'mean > 90.0' };
    const made = await api.ask(dashboard.key, `/api/v1/alerts?tenantId=${own}`, {
      method: 'POST',
      body: rule,
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await Promise.all([
      // Of minutes as short as those of a story, points are read as they came.
      api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT to_timestamp($2::bigint + 10 * n + 5), $1, '${METRIC}', '{"host": "web-9"}', CASE WHEN n BETWEEN 30 AND 40 THEN 70 ELSE 20 + n % 2 END, $1 || 'web-9' || n
         FROM generate_series(0, 60) AS n`,
        [own, from],
      ),
      api.pool.query(
        `WITH noise AS (SELECT $2::bigint + 10 * (n - 301) AS t, v FROM unnest($3::float8[]) WITH ORDINALITY AS x (v, n)),
         points AS (INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
           SELECT to_timestamp(t + 5), $1, '${NOISY}', '{"host": "web-1"}', v, $1 || t FROM noise),
         anomalies AS (INSERT INTO tactus.anomalies VALUES (to_timestamp($2::bigint + 300), to_timestamp($2::bigint + 310), $1 || 'noisy', $1,
           '${NOISY}', '{"host": "web-1"}', 'zscore', '10s', 60, 50, 40, 59, 0.7, 'warning', 'a little above what it was', now()))
         INSERT INTO tactus.windows
         SELECT to_timestamp(t), to_timestamp(t + 10), $1, '${NOISY}', '{"host": "web-1"}', '10s', 1, v, v, v, v, 0, v, v, NULL, to_timestamp(t + 10), now() FROM noise`,
        [own, from, values],
      ),
      api.pool.query(
        `INSERT INTO tactus.notifications VALUES (now(), $1, $2, $3, to_timestamp($4), 'ops', 'slack', 'delivered', 'firing', 1, NULL, NULL, 0)`,
        [own, randomBytes(8).toString('hex'), fingerprint.web, from + 300],
      ),
      api.pool.query(
        `INSERT INTO tactus.windows
         SELECT to_timestamp(t), to_timestamp(t + 10), $1, m, '{"host": "web-1"}', '10s', 1, v, v, v, v, 0, v, v, NULL, to_timestamp(t + 10), now()
         FROM (SELECT $2::bigint + 10 * n AS t, CASE WHEN n BETWEEN 30 AND 40 THEN 400 ELSE 10 END AS v FROM generate_series(0, 60) AS n) AS w,
           unnest(ARRAY['${METRIC}', 'checkout.errors']) AS m`,
        [own, from],
      ),
      // By which the tags of the metric are known.
      api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT to_timestamp($2::bigint + 5), $1, m, '{"host": "web-1"}', 10, $1 || m FROM unnest(ARRAY['${METRIC}', 'checkout.errors']) AS m`,
        [own, from],
      ),
      api.pool.query(
        `INSERT INTO tactus.anomalies
         SELECT to_timestamp($2::bigint + at), to_timestamp($2::bigint + at + 10), $1 || m || at, $1, m, '{"host": "web-1"}', 'zscore', '10s', 400, 10, 5, 20,
           score, 'warning', m || ' is far above what it was', now()
         FROM (VALUES ('${METRIC}', 300, 0.9), ('${METRIC}', 360, 0.7), ('checkout.errors', 310, 0.8), ('${OLD}', -172800, 0.9)) AS found(m, at, score)`,
        [own, from],
      ),
    ]);
  });
  afterEach(() => dashboard.closePages());
  after(() => dashboard.stop());

  const stored = async (print: string) =>
    (await dashboard.api.ask(dashboard.key, `/api/v1/alerts/${print}?tenantId=${own}`)).body;

  it('are found where they need somebody, acknowledged and silenced by keys', async () => {
    const { page, faults } = await dashboard.open('/alerts');
    await page.getByText('2 alerts', { exact: true }).waitFor();
    const rows = page.getByRole('listitem').filter({ hasText: 'HostBusy' });
    assert.match(
      (await rows.first().textContent()) ?? '',
      /critical.*db-1 is busy.*99.*flapping/,
      'the worst first',
    );
    await requireClean(page, faults);
    await page.getByRole('button', { name: /^resolved 1/ }).click();
    await page.getByText('web-2 is busy').waitFor();
    await page.goBack();
    await page.getByLabel('Text').fill('host=web-1');
    await page.getByText('1 alert', { exact: true }).waitFor();

    await page.getByRole('heading', { name: 'Alerts', level: 1 }).click();
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await page.getByLabel('What is being done').fill('looking');
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('1 acknowledged.').waitFor();
    await page.getByRole('button', { name: /^acknowledged 1/ }).click();
    await page.getByText('web-1 is busy').waitFor();
    const { acknowledged, history } = await stored(fingerprint.web);
    const [{ by, comment }] = history.filter(({ state }: { state: string }) => state === 'acknowledged');
    assert.deepEqual([acknowledged, by, comment], [true, `user:operator.${own}`, 'looking']);

    await page.keyboard.press('j');
    await page.keyboard.press('s');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It hides 1 alert now').waitFor();
    await dialog.getByRole('button', { name: 'host=web-1' }).click();
    await dialog.getByText('It hides 2 alerts now').waitFor();
    await dialog.getByRole('button', { name: 'host=web-1' }).click();
    await dialog.getByText('It hides 1 alert now').waitFor();
    await dialog.getByLabel('Comment').fill('move');
    await requireClean(page, faults);
    await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByRole('button', { name: /^silenced 1/ }).click();
    await page.getByText('web-1 is busy').waitFor();
    assert.equal((await stored(fingerprint.web)).silenced, true);

    await page.getByRole('link', { name: 'Silences' }).click();
    await page.getByRole('button', { name: 'Change' }).click();
    const change = page.getByRole('dialog', { name: 'Change the silence' });
    await change.getByLabel('Comment').fill('move on');
    await change.getByRole('button', { name: 'Change' }).click();
    await page.getByRole('cell', { name: 'move on' }).waitFor();
    await page
      .getByRole('row', { name: /host="web-1".*move/ })
      .getByRole('button', { name: 'End' })
      .click();
    await page.getByRole('button', { name: 'End it now' }).click();
    await page.getByText('No silences').waitFor();
    await requireClean(page, faults);
  });

  it('have a page with their metric, history, and who was notified', async () => {
    const { page, faults } = await dashboard.open(`/alerts/${fingerprint.web}`);
    await page.getByRole('heading', { name: 'HostBusy' }).waitFor();
    const notified = page.getByRole('region', { name: 'Who was notified' });
    assert.match((await notified.getByRole('listitem').textContent()) ?? '', /ops.*slack.*notified/);
    await page.getByRole('link', { name: 'Runbook' }).waitFor();
    const chart = page.getByRole('region', { name: METRIC });
    await chart.getByRole('img', { name: 'Threshold of the rule: 90' }).waitFor();
    const similar = page.getByRole('region', { name: 'Similar now' });
    await similar.getByRole('link', { name: 'db-1 is busy' }).waitFor();
    const grid = await pixelsOf(chart.locator('canvas').first(), '--line');
    assert.ok(grid.count > 200, 'a grid in its own colour');
    await chart.getByRole('button', { name: 'View as table' }).click();
    await chart.getByRole('cell', { name: '400' }).first().waitFor();
    await requireClean(page, faults);

    const other = await dashboard.open(`/alerts/${fingerprint.db}`);
    await other.page.getByRole('heading', { name: 'HostBusy' }).waitFor();
    assert.equal(
      await other.page.locator('a[href^="javascript"]').count(),
      0,
      'no address that runs something',
    );
  });

  it('are not acted on by viewers, and not seen by another tenant', async () => {
    const viewer = await dashboard.open('/alerts', { role: 'viewer' });
    await viewer.page.getByText('db-1 is busy').waitFor();
    assert.equal(await viewer.page.getByRole('button', { name: /Acknowledge|^Silence/ }).count(), 0);
    assert.equal(await viewer.page.getByRole('checkbox').count(), 0);
    const other = await dashboard.open('/alerts', { tenant: `${own}-2` });
    await other.page.getByText('Nothing fires').waitFor();
    await other.page.goto(`${dashboard.api.url}/alerts/${fingerprint.db}`);
    await other.page.getByText('This could not be shown').waitFor();
  });

  it('are left out of what somebody does where others were quicker', async () => {
    const { page } = await dashboard.open('/alerts?silence=new&matcher=host%3D%22db-1%22');
    const silence = page.getByRole('dialog', { name: 'Silence' });
    await silence.getByText('It hides 1 alert now').waitFor();
    await silence.getByLabel(/^From/).fill('20261-01-01T10:00');
    await silence.getByText('This is no date and time.').waitFor();
    assert.ok(await silence.getByRole('button', { name: 'Silence' }).isDisabled());
    await silence.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(new URL(page.url()).search.includes('silence'), false);

    const print = await alert('web-3', 'firing', 'warning', 93);
    const row = page.getByRole('checkbox', { name: /host=web-3/ });
    await page.reload();
    await row.check();
    const acked = await dashboard.api.ask(dashboard.key, `/api/v1/alerts/${print}/ack?tenantId=${own}`, {
      ...{ method: 'POST', body: { comment: 'mine' } },
    });
    assert.equal(acked.status, 200, JSON.stringify(acked.body));
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It has been acknowledged meanwhile.').waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Acknowledge' }).isDisabled());
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('show an acknowledgement that is refused as not done', async () => {
    const { page } = await dashboard.open('/alerts');
    await page.getByText('db-1 is busy').waitFor();
    await page.route('**/ack', (route) =>
      route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        body: JSON.stringify({ status: 409, code: 'TACTUS_CONFLICT', detail: 'it is over' }),
      }),
    );
    await page.getByRole('checkbox', { name: /host=db-1/ }).check();
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('Not acknowledged: it is over').waitFor();
    await page.getByText('db-1 is busy').waitFor();
  });

  it('are ordered, filtered by rule and by labels, and one whose rule was removed has its page', async () => {
    const gone = await alert('web-1', 'firing', 'info', 200, 'Gone');
    const { page, faults } = await dashboard.open('/alerts');
    const values = page.locator('.alert-value');
    const shown = async (...figures: readonly string[]) => {
      await page
        .getByText(`${figures.length} alert${figures.length === 1 ? '' : 's'}`, { exact: true })
        .waitFor();
      await page
        .locator('.alert-row')
        .first()
        .getByText(figures[0] ?? '', { exact: true })
        .waitFor();
      assert.deepEqual(await values.allTextContents(), figures);
    };
    await shown('99', '200');
    await page.getByLabel('Order').selectOption('Highest value first');
    await shown('200', '99');
    const write = async (label: string, text: string) => {
      await page.getByLabel(label, { exact: true }).fill(text);
      await page.getByLabel(label, { exact: true }).press('Enter');
    };
    await write('Rule', 'Gone');
    await shown('200');
    await write('Rule', '');
    await write('Labels', 'host=db-1');
    await shown('99');
    await page.reload();
    await shown('99');
    await write('Labels', 'db-1');
    await page.getByText('Labels are written as name=value').waitFor();
    const rules = page.waitForResponse(/\/api\/v1\/rules/);
    await page.goto(`${dashboard.api.url}/alerts/${gone}`);
    await rules;
    const chart = page.getByRole('region', { name: METRIC });
    await chart.getByRole('button', { name: 'View as table' }).click();
    await chart.getByRole('cell', { name: '400' }).first().waitFor();
    assert.deepEqual(faults, [], 'it is not asked for a rule that is gone');
  });

  it('are stories with the stored figures, of which one is muted', async () => {
    const { page, faults } = await dashboard.open('/anomalies');
    const story = page.getByRole('article', { name: new RegExp(METRIC) });
    await story.waitFor();
    assert.equal(await page.getByRole('article').count(), 3, 'two anomalies of a series are one story');
    const text = (await story.textContent()) ?? '';
    for (const part of ['40 times what was expected', '10, between 5 and 20', 'checkout.errors'])
      assert.ok(text.includes(part), `${part} in ${text}`);
    await requireClean(page, faults);
    await story.getByRole('link', { name: METRIC }).click();
    await page.getByRole('heading', { name: `${METRIC}: 40 times what was expected` }).waitFor();
    const reported = page.getByRole('table', { name: 'What was reported' });
    assert.equal(await reported.getByRole('row').count(), 3);
    const moved = page.getByRole('table', { name: 'What moved with it' });
    assert.match((await moved.textContent()) ?? '', /checkout\.errors.*10 s after/);
    const others = page.getByRole('table', { name: 'Other series of the metric' });
    assert.match((await others.textContent()) ?? '', /web-9.*20\.\d.*70/);
    await requireClean(page, faults);
    const href = await page.getByRole('link', { name: 'Make a rule' }).getAttribute('href');
    assert.equal(new URLSearchParams(href?.split('?')[1]).get('expr'), 'mean > 20.0');

    await page.getByRole('button', { name: 'Mute' }).click();
    await page.getByLabel('Comment').fill('known');
    await page.getByRole('dialog').getByRole('button', { name: 'Mute' }).click();
    await page.getByText('muted, ends').waitFor();
    await page.getByRole('link', { name: 'All anomalies' }).click();
    await page.getByRole('article', { name: /checkout\.errors/ }).waitFor();
    assert.equal(await page.getByRole('article').count(), 2);
    await page.getByRole('link', { name: 'Mutes' }).click();
    await page
      .getByRole('row', { name: /checkout\.latency_ms.*known/ })
      .getByRole('button', { name: 'End' })
      .click();
    await page.getByText('Nothing is muted').waitFor();
    await requireClean(page, faults);
  });

  it('are opened by an address whatever time they are of', async () => {
    const id = `${own}${OLD}-172800`;
    const { page, faults } = await dashboard.open(`/anomalies/${encodeURIComponent(id)}`);
    await page.getByRole('heading', { name: `${OLD}: 40 times what was expected` }).waitFor();
    assert.equal(await page.getByRole('table', { name: 'What was reported' }).getByRole('row').count(), 2);
    assert.deepEqual(faults, []);
    await page.goto(`${dashboard.api.url}/anomalies/nothing`);
    await page.getByText('There is no such anomaly').waitFor();
  });

  it('are reported more or less readily: tried on the band, kept unless somebody else was faster, listed and reset', async () => {
    /** What the detector makes of the stored windows around the story. */
    const effect = (sensitivity: number) => {
      const detector = ensemble({ sensitivity });
      let state = detector.initial();
      const shown = values
        .map((value, n) => {
          const [next, { lower, upper, isAnomaly }] = detector.observe(state, { at: n * 10_000, value });
          state = next;
          return { isOutside: value < lower || value > upper, isAnomaly };
        })
        .slice(300 - 30);
      const [outside, reported] = (['isOutside', 'isAnomaly'] as const).map(
        (what) => shown.filter((one) => one[what]).length,
      );
      return `Of ${shown.length} windows, ${outside} ${outside === 1 ? 'lies' : 'lie'} outside the band, and ${reported || 'none'} would be reported.`;
    };
    assert.notEqual(effect(1), effect(5));
    const path = `/anomalies/${encodeURIComponent(`${own}noisy`)}`;
    const { page, faults } = await dashboard.open(path);
    const region = page.getByRole('region', { name: 'Sensitivity' });
    const canvas = page
      .getByRole('figure', { name: new RegExp(NOISY) })
      .locator('canvas')
      .first();
    await region.getByText(effect(1)).waitFor();
    const { count: wide } = await pixelsOf(canvas, '--band');
    const slider = region.getByRole('slider', { name: /^Sensitivity: / });
    await slider.focus();
    await page.keyboard.press('End');
    await region.getByText(effect(5)).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('sensitivity'), '1');
    await until('the band to be drawn as it is tried', async () => {
      const { count: narrow } = await pixelsOf(canvas, '--band');
      return narrow > 0 && narrow < wide;
    });
    await requireClean(page, faults);

    const body = { metric: NOISY, sensitivity: 0.2, comment: 'too many' };
    const sensitivities = `/api/v1/anomalies/sensitivities?tenantId=${own}`;
    const other = await dashboard.api.ask(dashboard.key, sensitivities, { method: 'POST', body });
    assert.equal(other.status, 201, JSON.stringify(other.body));
    await region.getByLabel('Comment').fill('rather one too many');
    await region.getByRole('button', { name: 'Save' }).click();
    await region.getByRole('alert').getByText('somebody else has changed it meanwhile').waitFor();
    await region.getByText(`has set 0.2 for ${NOISY}`).waitFor();
    await region.getByText(effect(5)).waitFor();
    assert.deepEqual(
      faults.splice(0).map((fault) => /409/.test(fault)),
      [true],
    );
    await region.getByRole('button', { name: 'Save' }).click();
    await region.getByText(`operator.${own} has set 1 for ${NOISY}`).waitFor();
    const stored = async () => (await dashboard.api.ask(dashboard.key, sensitivities)).body.items;
    const [{ metric, sensitivity, comment, by }] = await stored();
    assert.deepEqual(
      { metric, sensitivity, comment, by },
      { metric: NOISY, sensitivity: 1, comment: 'rather one too many', by: `user:operator.${own}` },
    );
    await region.getByText(effect(5)).waitFor();

    await slider.press('Home');
    await region.getByText(effect(0.2)).waitFor();
    await region.getByLabel('For').fill('checkout.w*');
    await region.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The sensitivity of checkout.w* is 0, fewer than configured.').waitFor();
    // That of the metric itself is more specific.
    await region.getByText(effect(5)).waitFor();

    const viewer = await dashboard.open(path, { role: 'viewer' });
    await viewer.page.getByText('Sensitivity: 1, more than configured').waitFor();
    assert.equal(await viewer.page.getByRole('slider').count(), 0);
    const span = [from - 300, from + 910].map((s) => s * 1_000);
    await viewer.page.goto(`${dashboard.api.url}/explore?metric=${NOISY}&from=${span[0]}&to=${span[1]}`);
    await viewer.page.getByRole('button', { name: 'Sensitivity' }).click();
    await viewer.page.getByText(effect(5)).waitFor();
    await requireClean(viewer.page, viewer.faults);

    await region.getByRole('link', { name: 'All sensitivities' }).click();
    const row = page.getByRole('row', { name: /checkout\.wobble.*more than configured.*rather one/ });
    await row.waitFor();
    await requireClean(page, faults);
    await row.getByRole('button', { name: 'Reset' }).click();
    await row.waitFor({ state: 'detached' });
    const rest = page.getByRole('row', { name: /checkout\.w\*.*fewer than configured/ });
    await rest.getByRole('button', { name: 'Reset' }).click();
    await page.getByText('Anomalies of all metrics are reported as configured').waitFor();
    assert.deepEqual([await stored(), faults], [[], []]);
  });

  it('wait where they are new, so that nothing moves that somebody reads', async () => {
    const { page, faults } = await dashboard.open('/anomalies', { hasClock: true });
    const stories = page.getByRole('article');
    await stories.first().waitFor();
    const before = await stories.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    await dashboard.api.pool.query(
      `INSERT INTO tactus.anomalies VALUES (now() - interval '30 s', now() - interval '20 s', $1 || 'new', $1, 'checkout.carts', '{}', 'zscore', '10s',
         90, 10, 5, 20, 0.9, 'critical', 'carts are far above what they were', now())`,
      [own],
    );
    await page.clock.fastForward('00:31');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    const names = await stories.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    assert.deepEqual(names, before);
    await page.getByRole('button', { name: '1 new' }).click();
    await page.getByRole('article', { name: /checkout\.carts/ }).waitFor();
    assert.match((await stories.first().textContent()) ?? '', /checkout\.carts/, 'above the others');
    assert.deepEqual(faults, []);
  });
});
