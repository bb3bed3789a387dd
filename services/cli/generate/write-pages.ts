import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../shared/files/package-root.js';

/** Writes the files that differ from what the code gives, by path in the repository. */
export function writePages(pages: Readonly<Record<string, () => string>>): void {
  for (const [path, render] of Object.entries(pages)) {
    const file = join(packageRoot(), path);
    const text = render();
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
