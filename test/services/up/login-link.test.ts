import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Guard } from '../../../services/up/embedded/guard.js';
import { loginHint } from '../../../services/up/login-link.js';

describe('the way to log in that up prints', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tactus-login-link-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const url = 'http://127.0.0.1:8090';
  const guard = { watch: () => {} } as unknown as Guard;
  /** A command line that ends so. */
  const hint = (script: string, isTerminal: boolean, env = {}) => {
    const program = join(dir, `${Math.random()}.cjs`);
    writeFileSync(program, script);
    return loginHint(url, isTerminal, program, env, guard, new AbortController().signal);
  };
  const LINK = `console.log(process.argv.slice(2).join(' '))`;

  it('is a link on a terminal', async () => {
    assert.equal(
      await hint(LINK, true),
      `log in, once within ten minutes: users link --admin --print --url ${url}`,
    );
  });

  it('is the command that makes one elsewhere, and where others reach the API or the command fails', async () => {
    const answers = await Promise.all([
      hint(LINK, false),
      hint(LINK, true, { HTTP_HOST: '0.0.0.0' }),
      hint('process.exit(1)', true),
    ]);
    for (const answer of answers)
      assert.equal(answer, '`npx tactus users link --admin` prints a link to log in by');
  });
});
