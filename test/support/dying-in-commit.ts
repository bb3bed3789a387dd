import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment of a worker that is killed in the middle of a commit when the test says so. */
export function dyingInCommit(): {
  readonly env: Readonly<Record<string, string>>;
  die(): void;
  remove(): void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-die-'));
  const file = join(folder, 'now');
  const preload = new URL('./die-in-commit.js', import.meta.url);
  preload.searchParams.set('file', file);
  return {
    env: { NODE_OPTIONS: `--import=${preload.href}` },
    die: () => writeFileSync(file, ''),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
