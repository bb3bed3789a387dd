import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Without windows a page takes a fifth of the processor time: the others draw their own, which nobody sees. */
const NAMES = [
  ...['chromium-headless-shell', 'chrome-headless-shell'],
  ...['chromium', 'chromium-browser', 'google-chrome'],
];

/** The Chromium of this machine, the lightest that there is; `.ci/run` installs one. */
export async function openBrowser(): Promise<Browser> {
  const paths = (process.env.PATH ?? '').split(delimiter);
  const executablePath = NAMES.flatMap((name) => paths.map((path) => join(path, name))).find(existsSync);
  if (executablePath === undefined) throw new Error(`none of ${NAMES.join(', ')} is in PATH`);
  // Letters in grey: a colour on a canvas is that of a line.
  return await chromium.launch({ executablePath, args: ['--disable-lcd-text'] });
}

/** A page of its own, without cookies of others, and what went wrong in it: errors, refusals of its policy, requests to other origins. */
export async function openPage(
  browser: Browser,
  origin: string,
  context: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[] }> {
  const page = await (await browser.newContext(context)).newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy/i.test(message.text()))
      faults.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !/^(data|blob):$/.test(url.protocol))
      faults.push(`request to ${url.origin}`);
  });
  return { page, faults };
}

/** The lines of the file that a press on a button gives. */
export async function downloadedLines(
  page: Page,
  button: string,
): Promise<{ name: string; lines: string[] }> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return {
    name: file.suggestedFilename(),
    lines: readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\r\n'),
  };
}
