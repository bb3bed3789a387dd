import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { commandLine } from '../../../../services/cli/command-line.js';
import { COMPLETIONS } from '../../../../services/cli/program/completion.js';

type Shell = keyof typeof COMPLETIONS;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tactus-completion-'));
  writeFileSync(join(folder, 'rules.yaml'), '');
  for (const [shell, script] of Object.entries(COMPLETIONS))
    writeFileSync(join(folder, `tactus.${shell}`), script(commandLine()));
});
after(() => rmSync(folder, { recursive: true }));

function run(shell: Shell, args: readonly string[], script: string): string {
  const env = { PATH: process.env.PATH, HOME: folder };
  const { status, stdout, stderr } = spawnSync(shell, [...args, script], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout;
}

/** What each shell offers for a line whose last word is being typed. */
const OFFERED: Readonly<Record<Shell, (line: string) => string[]>> = {
  // As readline calls it: the words are cut by bash, the function says what may follow.
  bash: (line) => {
    const words = line.split(' ');
    const list = words.map((word) => `'${word}'`).join(' ');
    const out = run(
      'bash',
      ['--norc', '-c'],
      `source tactus.bash
       [[ $(complete -p tactus) == 'complete -o default -F _tactus tactus' ]] || exit 9
       COMP_WORDS=(${list}) COMP_CWORD=${words.length - 1} COMP_LINE='${line}' COMP_POINT=${line.length}
       _tactus; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
    return out.split('\n').filter((word) => word !== '');
  },
  // The functions that show choices need a terminal: these list them.
  zsh: (line) => {
    const words = line.split(' ');
    const out = run(
      'zsh',
      ['-f', '-c'],
      `compdef() { :; }
       _describe() { shift $(( $# - 1 )); local one; for one in "\${(@P)1}"; do print -r -- "\${one%%:*}"; done; }
       _files() { ls; }
       source ./tactus.zsh
       words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}
       _tactus`,
    );
    return out.split('\n').filter((word) => word !== '' && word.startsWith(words.at(-1) ?? ''));
  },
  fish: (line) =>
    run('fish', ['--no-config', '-c'], `source tactus.fish; complete -C '${line}'`)
      .split('\n')
      .map((one) => one.split('\t')[0] as string)
      .filter((word) => word !== ''),
};

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  const missing = spawnSync(shell, ['--version']).error !== undefined;
  describe(`completion in ${shell}`, { skip: missing && `${shell} is not installed` }, () => {
    const offered = (line: string) => OFFERED[shell](line).sort();

    it('offers commands, and those of a group', () => {
      assert.deepEqual(offered('tactus al'), ['alerting', 'alerts']);
      assert.deepEqual(offered('tactus alerts '), [
        'ack',
        'change-silence',
        'help',
        'ls',
        'silence',
        'test',
        'unsilence',
      ]);
      assert.deepEqual(offered('tactus topics p'), ['plan']);
    });

    it('offers the options of the command that was typed, whatever stands between', () => {
      assert.deepEqual(offered('tactus dlq replay --dr'), ['--dry-run']);
      assert.deepEqual(offered('tactus up --data topics --in'), ['--infra-only']);
      assert.ok(offered('tactus topics plan --').includes('--timeout'));
      assert.ok(!offered('tactus config --').includes('--timeout'));
    });

    it('offers the values that an argument may have', () => {
      assert.deepEqual(offered('tactus completion '), ['bash', 'fish', 'zsh']);
    });

    it('leaves arguments that are files to the shell', () => {
      const files = offered('tactus rules check ru');
      // bash does that by itself when the function has nothing to offer.
      assert.deepEqual(files, shell === 'bash' ? [] : ['rules.yaml']);
    });
  });
}
