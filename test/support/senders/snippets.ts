import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from '../../../shared/files/package-root.js';
import { Readme } from '../readme.js';

/** Pages that print how to send. */
const PAGES = ['README.md', 'services/gateway/README.md'];
/** A file says its name, and what it needs, in its first line. */
const FILE = /^(?:\/\/|#) (\S+\.(?:mjs|py)); (?:npm|pip) install (.+)$/m;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A script while it runs. */
export interface Running {
  readonly ended: Promise<Ended>;
  stop(): void;
}

/** What the pages print to send with: scripts for bash, and files of JavaScript and Python. */
export class Snippets {
  readonly scripts: readonly string[];
  readonly files: ReadonlyMap<string, { readonly text: string; readonly packages: readonly string[] }>;

  constructor() {
    const pages = PAGES.map((path) => new Readme(path));
    this.scripts = pages.flatMap((page) => page.code('bash'));
    this.files = new Map(
      ['js', 'python'].flatMap((language) =>
        pages.flatMap((page) =>
          page.code(language).map((text) => {
            const [, name = '', packages = ''] = FILE.exec(text.split('\n', 1)[0] as string) ?? [];
            assert.ok(name !== '', `a file without its name: ${text}`);
            return [name, { text, packages: packages.split(' ') }] as const;
          }),
        ),
      ),
    );
  }

  /** The one script that has a word. */
  script(word: string): string {
    const [script, ...others] = this.scripts.filter((one) => one.includes(word));
    assert.ok(script !== undefined && others.length === 0, `scripts with ${word}: ${others.length + 1}`);
    return script;
  }
}

/** A folder in which a reader has put the printed files, with what they need installed. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'tactus-senders-'));
  readonly #children = new Set<ChildProcess>();

  constructor(
    snippets: Snippets,
    private readonly env: Readonly<Record<string, string>>,
    programs: string,
  ) {
    for (const name of ['services', 'node_modules', 'package.json'])
      symlinkSync(join(packageRoot(), name), join(this.folder, name));
    for (const [name, { text }] of snippets.files) writeFileSync(join(this.folder, name), text);
    this.env = {
      ...env,
      HOME: this.folder,
      PATH: [programs, dirname(process.execPath), process.env.PATH].join(delimiter),
    };
  }

  start(script: string): Running {
    const child = spawn('bash', ['--norc', '--noprofile', '-euc', script], {
      ...{ cwd: this.folder, env: this.env, detached: true },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (part: string) => {
        output[name] += part;
      });
    const ended = new Promise<Ended>((resolve) =>
      child.once('close', (code) => {
        this.#children.delete(child);
        resolve({ code, ...output });
      }),
    );
    return { ended, stop: () => end(child) };
  }

  /** Runs a script to its end, and gives what it printed. @throws when it fails */
  async run(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.start(script).ended;
    assert.equal(code, 0, `${script}\n${stderr}`);
    return stdout;
  }

  remove(): void {
    for (const child of this.#children) end(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function end(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), 'SIGTERM');
}
