import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ApiFixture } from './api-fixture.js';
import { openBrowser, openPage } from './browser.js';
import { PROGRAM, runTactus } from './command-line.js';

/** The dashboard in Chromium, served by an API of its own, for tenants that no other test has. */
export class DashboardFixture {
  private constructor(
    readonly api: ApiFixture,
    readonly browser: Browser,
    /** A tenant of this fixture alone. */
    readonly tenant: string,
  ) {}

  /** @param env further variables of the API */
  static async start(name: string, env: Readonly<Record<string, string>> = {}): Promise<DashboardFixture> {
    const [api, browser] = await Promise.all([ApiFixture.start(`dashboard-${name}`, env), openBrowser()]);
    return new DashboardFixture(api, browser, `${name}-${randomBytes(4).toString('hex')}`);
  }

  /** A page of somebody who has a role, logged in; and what went wrong in it. */
  async open(
    path: string,
    {
      role = 'operator',
      tenant = this.tenant,
      ...context
    }: { readonly role?: string; readonly tenant?: string } & BrowserContextOptions = {},
  ): Promise<{ readonly page: Page; readonly faults: string[] }> {
    const name = `${role}.${tenant}`;
    const add = await this.#users(['add', name, '--role', role, '--tenant', tenant, '--existing']);
    if (add.code !== 0) {
      const { code, stderr } = await this.#users(['add', name, '--role', role, '--tenant', tenant], PASSWORD);
      assert.equal(code, 0, stderr);
    }
    const { stdout, stderr } = await this.#users(['link', name, '--print', '--url', this.api.url]);
    assert.notEqual(stdout, '', stderr);
    const opened = await openPage(this.browser, this.api.url, context);
    await opened.page.goto(stdout.trim());
    await opened.page.locator('#main').waitFor();
    await opened.page.goto(`${this.api.url}${path}`);
    await opened.page.locator('#main').waitFor();
    return opened;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.api.stop();
  }

  #users(args: readonly string[], input = '') {
    return runTactus(['users', ...args], this.api.env, PROGRAM, input);
  }
}

const PASSWORD = 'correct horse battery staple';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 AA, and what axe calls best practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe has against a page as it is now: the rule and where. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Evaluated by the browser's own debugger, which the policy of the page does not concern.
  await page.evaluate(AXE);
  return await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as { axe: AxeRunner };
    const { violations } = await axe.run({ runOnly: tags });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
    );
  }, TAGS);
}

interface AxeRunner {
  run(options: { readonly runOnly: readonly string[] }): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
    }[];
  }>;
}
