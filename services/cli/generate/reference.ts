import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../../shared/files/package-root.js';
import { commandsPage } from './commands-page.js';
import { configurationPage } from './configuration-page.js';
import { errorsPage } from './errors-page.js';
import { metricsPage } from './metrics-page.js';
import { topicsPage } from './topics-page.js';

/** The reference pages by their path in the repository: each stands next to the code that it is about. */
export const REFERENCE: Readonly<Record<string, () => string>> = {
  'shared/config/README.md': configurationPage,
  'shared/core/ERRORS.md': errorsPage,
  'services/METRICS.md': metricsPage,
  'services/cli/README.md': commandsPage,
  'topics/README.md': topicsPage,
};

/** Writes the pages that differ from what the code gives. */
function main(): void {
  for (const [path, render] of Object.entries(REFERENCE)) {
    const file = join(packageRoot(), path);
    const text = render();
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
