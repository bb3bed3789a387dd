import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { ApiFixture } from '../../support/api-fixture.js';
import { openBrowser, openPage } from '../../support/browser.js';
import { PROGRAM, runTactus } from '../../support/command-line.js';
import { Readme } from '../../support/readme.js';
import { until } from '../../support/until.js';

const PASSWORD = 'correct horse battery staple';

describe('the pages of the API', { timeout: 180_000 }, () => {
  /** The database is shared by all tests. */
  const tenant = `pages-${randomBytes(4).toString('hex')}`;
  const ada = `ada.${tenant}`;
  let api: ApiFixture;
  let browser: Browser;
  let key = '';
  let keyOfAll = '';

  const users = async (args: readonly string[], input = '') => {
    const { code, stdout, stderr } = await runTactus(['users', ...args], api.env, PROGRAM, input);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };

  before(async () => {
    // On a busy machine the backtest of the examples takes longer than it may by default.
    const started = ApiFixture.start('api-pages', { TACTUS_API_RULE_TIMEOUT_MS: '120000' });
    [api, browser] = await Promise.all([started, openBrowser()]);
    [key, keyOfAll] = await Promise.all([
      api.key(tenant, 'admin'),
      api.key('*', 'admin'),
      users(['add', ada, '--role', 'operator', '--tenant', tenant], PASSWORD),
    ]);
    await until('the keys to be known', async () => {
      const asked = [api.ask(key, '/api/v1/metrics'), api.ask(keyOfAll, `/api/v1/metrics/${tenant}`)];
      return (await Promise.all(asked)).every(({ status }) => status === 200);
    });
  });
  after(async () => {
    await browser.close();
    await api.stop();
  });

  /** Who the page says is logged in. */
  const shownUser = async (page: Page) => {
    await page.getByRole('button', { name: 'You and your settings' }).click();
    const name = await page.locator('.menu strong').textContent();
    await page.keyboard.press('Escape');
    return name;
  };

  it('log in who follows a link, show who that is, and log out', async () => {
    const link = await users(['link', ada, '--print', '--url', api.url]);
    const { page, faults } = await openPage(browser, api.url);
    await page.goto(link);
    assert.equal(await shownUser(page), ada);
    assert.equal(page.url(), `${api.url}/`, 'the code is not in the address bar');
    await page.reload();
    assert.equal(await shownUser(page), ada);
    await page.getByRole('button', { name: 'You and your settings' }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    assert.deepEqual(faults, []);

    const other = await openPage(browser, api.url);
    await other.page.goto(link);
    await other.page.getByText('Not logged in: the link was used').waitFor();
    assert.deepEqual((await other.page.context().cookies()).length, 0);
  });

  it('ask who comes by a link of another site before they log in', async () => {
    const link = await users(['link', ada, '--print', '--url', api.url]);
    const elsewhere = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end(`<a href="${link}">Win a prize</a>`),
    );
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = elsewhere.address() as AddressInfo;
      const { page } = await openPage(browser, api.url);
      await page.goto(`http://localhost:${port}/`);
      await page.getByText('Win a prize').click();
      await page.getByText('A page of another site leads here.').waitFor();
      assert.deepEqual(await page.context().cookies(), []);
      await page.getByRole('button', { name: 'Log in by the link' }).click();
      assert.equal(await shownUser(page), ada);
    } finally {
      elsewhere.close();
    }
  });

  it('log in with name and password', async () => {
    const { page } = await openPage(browser, api.url);
    await page.goto(`${api.url}/alerts?from=now-6h`);
    await page.getByLabel('Name').fill(ada);
    await page.getByLabel('Password').fill('not this one');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    assert.equal(await shownUser(page), ada);
    assert.equal(page.url(), `${api.url}/alerts?from=now-6h`, 'where they wanted to go');
  });

  it('are tried out at /docs, with nothing from elsewhere and nothing that the policy of the page refuses', async () => {
    const { page, faults } = await openPage(browser, api.url);
    await page.goto(`${api.url}/docs`);
    await page.locator('.swagger-ui .auth-wrapper .authorize').click();
    assert.deepEqual([await page.title(), await page.locator('.topbar').count()], ['Tactus API', 0]);
    await page.getByLabel('auth-bearer-value').fill(key);
    await page.locator('.auth-container', { hasText: 'bearer' }).locator('button.authorize').click();
    await page.locator('.btn-done').first().click();
    const operation = page.locator('.opblock', { has: page.locator('[data-path="/api/v1/metrics"]') });
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await operation
      .locator('.live-responses-table .response .response-col_status', { hasText: '200' })
      .waitFor();
    assert.deepEqual(faults, []);
  });

  /** Runs the examples of a page one after the other, as they are printed but for what is replaced; fails with what curl says. */
  const runExamples = async (path: string, replaced: (script: string) => string = (script) => script) => {
    const scripts = new Readme(path).code('bash');
    const env = {
      ...{ PATH: process.env.PATH, TACTUS_API_URL: api.url, TACTUS_API_KEY: key },
      ...{ ALL_TENANTS_KEY: keyOfAll, PASSWORD },
    };
    const run = (script: string) =>
      promisify(execFile)(
        'bash',
        ['-c', `set -euo pipefail; curl() { command curl -sS --fail-with-body "$@"; }; ${replaced(script)}`],
        { env },
      );
    const printed: string[] = [];
    for (const script of scripts)
      printed.push(
        await run(script).then(
          ({ stdout }) => stdout,
          ({ stdout }) => assert.fail(`${script}\n${stdout}`),
        ),
      );
    return printed;
  };

  it('have examples of acting that work in the order in which they are printed', async () => {
    await api.pool.query(
      `INSERT INTO tactus.alerts VALUES ($2, now(), 'Hot', $1, 'firing', 'warning', '{"host": "web-1"}', '{}', 95, NULL, now())`,
      [tenant, randomBytes(8).toString('hex')],
    );
    const printed = await runExamples('services/api/routes/README.md');
    const expected = [
      /^\{"items":\[\{.*"host":"web-1"/,
      /"acknowledgedAt":/,
      /"hidden":\[\{.*"comment":"move"/s,
      /^$/,
      /"detectorSensitivity":/,
      /"name":"Slow"/,
      /"complete":true/,
      /"title":"Shop"/,
      /"usedAt":"20/,
      /^\{"items":\[\]/,
      /./,
      /"pointsPerSecond":5000/,
      /"scopes":\["read"\]/,
    ];
    assert.equal(printed.length, expected.length);
    for (const [i, pattern] of expected.entries()) assert.match(printed[i] ?? '', pattern);
  });

  it('have examples of GraphQL that work', async () => {
    const printed = await runExamples('services/api/graphql/README.md');
    const expected = [/^\{"data":\{"alerts":\{"items":\[/, /^\{"data":\{"createSilence":\{"id":"/];
    assert.equal(printed.length, expected.length);
    for (const [i, pattern] of expected.entries()) assert.match(printed[i] ?? '', pattern);
  });

  it('have examples of people that work: a login, commands with what they print, and what is copied', async () => {
    const path = 'services/api/people/README.md';
    const asAda = (text: string) => text.replaceAll(/\bada\b/g, ada);
    const printed = await runExamples(path, asAda);
    assert.equal(printed.length, 1);
    assert.match(printed[0] ?? '', new RegExp(`"name":"${ada}"`));

    const page = new Readme(path);
    const [session = ''] = page.code('text');
    const others = { ada: `eve.${tenant}`, acme: tenant, globex: `${tenant}-2` };
    const own = (text: string) =>
      text.replaceAll(/\b(ada|acme|globex)\b/g, (name) => others[name as keyof typeof others]);
    const typed = [...session.matchAll(/^\$ npx tactus (.*)\n((?:[^$].*\n)*)/gm)];
    assert.equal(typed.length, 3);
    for (const [, command = '', expected = ''] of typed) {
      const [args = ''] = own(command).split(' <');
      const input = command.includes('< password.txt') ? PASSWORD : '';
      const { code, stdout, stderr } = await runTactus(args.split(' '), api.env, PROGRAM, input);
      assert.equal(code, 0, stderr);
      if (!command.startsWith('users ls')) assert.equal(stdout, own(expected));
      else {
        const [head, ada_] = expected.split('\n').map((line) => line.split(/ {2,}/));
        const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
        assert.deepEqual(lines[0], head);
        const found = lines.find(([name]) => name === others.ada);
        assert.deepEqual(found?.slice(0, 3), ada_?.slice(0, 3).map(own));
      }
    }

    const { rows } = await api.pool.query(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'tactus'`,
    );
    const tables = rows.map(({ name }) => `tactus.${name}`);
    const [dump = ''] = page.code('sh');
    const wanted = [...dump.matchAll(/--table='?([\w.*]+)/g)].map(([, table = '']) => table);
    assert.ok(wanted.length >= 3);
    for (const table of wanted)
      assert.ok(
        tables.some((name) => new RegExp(`^${table.replace('*', '.*')}$`).test(name)),
        table,
      );
    const [statement = ''] = page.code('sql');
    assert.match(statement, /^DELETE FROM tactus\.signing_keys;\n$/);
    await api.pool.query(`EXPLAIN ${statement}`);
  });
});
