import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ApiFixture } from './api-fixture.js';
import { openBrowser, openPage } from './browser.js';
import { until } from './until.js';

interface OpenOptions extends BrowserContextOptions {
  readonly role?: string;
  readonly tenant?: string;
  /** As somebody has chosen it in that browser before. */
  readonly theme?: string;
  /** Whether the time of the page can be moved on. */
  readonly hasClock?: boolean;
  /** Whether {@link DashboardFixture.closePages} leaves it. */
  readonly stays?: boolean;
}

/** The dashboard in Chromium, served by an API of its own, for tenants that no other test has. */
export class DashboardFixture {
  /** By name. */
  readonly #users = new Set<string>();
  readonly #pages: Page[] = [];

  private constructor(
    readonly api: ApiFixture,
    readonly browser: Browser,
    /** A tenant of this fixture alone. */
    readonly tenant: string,
    /** Of an admin of all tenants. */
    readonly key: string,
  ) {}

  /** @param env further variables of the API */
  static async start(name: string, env: Readonly<Record<string, string>> = {}): Promise<DashboardFixture> {
    const [api, browser] = await Promise.all([ApiFixture.start(`dashboard-${name}`, env), openBrowser()]);
    const key = await api.key('*', 'admin');
    const tenant = `${name}-${randomBytes(4).toString('hex')}`;
    await until(
      'the key to be known',
      async () => (await api.ask(key, `/api/v1/metrics/${tenant}`)).status === 200,
    );
    return new DashboardFixture(api, browser, tenant, key);
  }

  /** A page of somebody who has a role, logged in; and what went wrong in it. */
  async open(
    path: string,
    {
      role = 'operator',
      tenant = this.tenant,
      theme,
      hasClock = false,
      stays = false,
      ...context
    }: OpenOptions = {},
  ): Promise<{ readonly page: Page; readonly faults: string[] }> {
    const { url } = this.api;
    const name = `${role}.${tenant}`;
    if (!this.#users.has(name)) {
      const made = await this.api.ask(this.key, '/api/v1/users', {
        method: 'POST',
        headers: { 'x-scope-orgid': tenant },
        body: { name, role, password: PASSWORD },
      });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      this.#users.add(name);
    }
    const opened = await openPage(this.browser, url, {
      // What is compared is not on its way from one colour to another.
      reducedMotion: 'reduce',
      ...context,
    });
    if (!stays) this.#pages.push(opened.page);
    if (hasClock) await opened.page.clock.install();
    if (theme !== undefined)
      await opened.page.addInitScript((chosen) => localStorage.setItem('tactus-theme', chosen), theme);
    const login = await opened.page.context().request.post(`${url}/api/v1/auth/login`, {
      headers: { origin: url },
      data: { username: name, password: PASSWORD, cookie: true },
    });
    assert.equal(login.status(), 200, await login.text());
    await opened.page.goto(`${url}${path}`);
    await opened.page.locator('#main').waitFor();
    return opened;
  }

  /** Those of the tests before, which would go on to ask and to draw for as long as they are there. */
  async closePages(): Promise<void> {
    await Promise.all(
      this.#pages.splice(0).map(async (page) => {
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        await page.context().close();
      }),
    );
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.api.stop();
  }
}

export const PASSWORD = 'correct horse battery staple';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 AA, and what axe calls best practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe has against a page as it is now: the rule and where. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Evaluated by the browser's own debugger, which the policy of the page does not concern; it stays until the page is loaded again.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  return await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as { axe: AxeRunner };
    const { violations } = await axe.run({ runOnly: tags, resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
    );
  }, TAGS);
}

/** In light and dark, axe has nothing against a page, and nothing has gone wrong in it. */
export async function requireClean(page: Page, faults: readonly string[]): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await violationsOf(page), [], colorScheme);
  }
  assert.deepEqual(faults, []);
}

interface AxeRunner {
  run(options: { readonly runOnly: readonly string[]; readonly resultTypes: readonly string[] }): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
    }[];
  }>;
}
