import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Copy, DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import ignore from 'ignore';
import { enter, newRoot } from './rooms.js';

/** What a Dockerfile makes, in a folder. */
export interface Image {
  readonly root: string;
  readonly base: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly ports: readonly number[];
}

interface Stage {
  readonly root: string;
  readonly base: string;
  /** What ARG has set since FROM. */
  readonly args: Record<string, string>;
  workdir: string;
  env: Record<string, string>;
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
  ports: number[];
}

/** How this machine reaches the network, as an engine hands it on to builds. */
const OF_NETWORK = /^((https?|no|all)_proxy|node_extra_ca_certs|ssl_cert_(file|dir)|npm_config_.*)$/i;
const NPM_HERE = {
  ...Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      OF_NETWORK.test(name) && value !== undefined ? [[name, value] as const] : [],
    ),
  ),
  npm_config_cache: '/tmp/npm',
  npm_config_prefer_offline: 'true',
  npm_config_userconfig: '/tmp/npmrc',
};

/** What npm has here already, and its settings. */
function npmFiles(): Record<string, string> {
  const setting = (name: string) => execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim();
  const settings = setting('userconfig');
  return { '/tmp/npm': setting('cache'), ...(existsSync(settings) && { '/tmp/npmrc': settings }) };
}

/**
 * Does what the Dockerfile of a folder says in an empty folder, each stage in a root of its own; gives the last one.
 *
 * @param buildArgs what an engine is given by --build-arg
 */
export async function replayDockerfile(
  context: string,
  into: string,
  buildArgs: Readonly<Record<string, string>> = {},
): Promise<Image> {
  const dockerfile = DockerfileParser.parse(readFileSync(join(context, 'Dockerfile'), 'utf8'));
  const leftOut = ignore().add(readFileSync(join(context, '.dockerignore'), 'utf8'));
  // Before FROM they are for FROM alone.
  const args: Record<string, string> = {};
  const stages: (Stage & { readonly name: string })[] = [];
  for (const instruction of dockerfile.getInstructions()) {
    const stage = stages.at(-1);
    const words = wordsOf(instruction);
    switch (instruction.getKeyword()) {
      case 'ARG': {
        const [name = '', value = ''] = (words[0] ?? '').split('=');
        (stage?.args ?? args)[name] = buildArgs[name] ?? unquoted(value);
        break;
      }
      case 'FROM': {
        const root = join(into, `stage-${stages.length}`);
        newRoot(root);
        stages.push({
          ...{ name: words[2] ?? '', root, base: expand(words[0] as string, args), workdir: '/', env: {} },
          args: {},
          ...{ user: '0:0', entrypoint: [], command: [], ports: [] },
        });
        break;
      }
      default:
        assert.ok(stage, `${instruction.getKeyword()} before FROM`);
        await apply(stage, instruction, words, (name) => {
          if (name === null)
            return { root: context, isContext: true, isLeftOut: (path) => leftOut.ignores(path) };
          const other = stages.find((each) => each.name === name);
          assert.ok(other, `there is no stage ${name}`);
          return { root: other.root, isContext: false, isLeftOut: () => false };
        });
    }
  }
  const last = stages.at(-1);
  assert.ok(last);
  return last;
}

interface Source {
  readonly root: string;
  readonly isContext: boolean;
  isLeftOut(path: string): boolean;
}

async function apply(
  stage: Stage,
  instruction: Instruction,
  words: readonly string[],
  sourceOf: (stage: string | null) => Source,
): Promise<void> {
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      stage.workdir = resolve(stage.workdir, words[0] as string);
      mkdirSync(join(stage.root, stage.workdir), { recursive: true });
      return;
    case 'ENV':
      for (const word of words) {
        const at = word.indexOf('=');
        stage.env[word.slice(0, at)] = expand(unquoted(word.slice(at + 1)), { ...stage.args, ...stage.env });
      }
      return;
    case 'USER':
      stage.user = words[0] as string;
      return;
    case 'EXPOSE':
      stage.ports = words.map(Number);
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = listOf(instruction);
      return;
    case 'CMD':
      stage.command = listOf(instruction);
      return;
    case 'COPY':
      copy(stage, words, sourceOf((instruction as Copy).getFromFlag()?.getValue() ?? null));
      return;
    case 'RUN':
      await run(stage, instruction.getArgumentsContent() as string);
      return;
    default:
      assert.fail(`the replay does not know ${instruction.getKeyword()}`);
  }
}

function copy(stage: Stage, words: readonly string[], source: Source): void {
  const paths = [...words];
  const target = paths.pop() as string;
  const to = join(stage.root, resolve(stage.workdir, target));
  const intoFolder = target.endsWith('/') || target === '.' || paths.length > 1;
  for (const path of paths) {
    assert.ok(!source.isLeftOut(path.replace(/^\.\//, '')), `.dockerignore leaves ${path} out`);
    const found = join(source.root, path);
    assert.ok(existsSync(found), `COPY ${path}: it is not there`);
    const isFolder = statSync(found).isDirectory();
    const place = intoFolder && !isFolder ? join(to, basename(path)) : to;
    // Links stay links, as in an engine; files of another stage are not written twice.
    mkdirSync(dirname(place), { recursive: true });
    execFileSync('cp', [source.isContext ? '-a' : '-al', ...(isFolder ? ['-T'] : []), found, place]);
  }
}

async function run(stage: Stage, command: string): Promise<void> {
  const { root, workdir, env, user } = stage;
  const child = enter(
    { root, workdir, env: { ...env, ...NPM_HERE }, user, locked: false, binds: npmFiles() },
    [...['sh', '-c', command]],
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const code = await new Promise((settle) => child.once('close', settle));
  assert.equal(code, 0, `RUN ${command}\n${output}`);
}

function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}

function wordsOf(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue());
}

function listOf(instruction: Instruction): string[] {
  return (instruction as JSONInstruction).getJSONStrings().map((one) => one.getJSONValue());
}
