import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { debugToken } from '../../../shared/config/debug-token.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { PROFILES, type ProfileType } from '../../../shared/process/profiler.js';
import { readTargets, targetOf, UP_TARGETS } from '../../monitor/targets.js';
import { flameGraph, framesOf } from '../../profile/flame-graph.js';
import { running } from '../program/action.js';
import { secondsOrDuration } from '../program/arguments.js';
import { help } from '../program/options.js';
import { complain, say } from '../program/output.js';

interface ProfileOptions {
  readonly seconds: number;
  readonly type: ProfileType;
  readonly out: string;
  readonly targets: string;
}

/** `tactus profile`. */
export function addProfile(program: Command): void {
  const command = program
    .command('profile')
    .description('take a profile of a worker that runs, or draw it as a flame graph')
    .argument('<worker>', 'its name in --targets, or the HOST:PORT of its status server')
    .option('--seconds <seconds>', 'how long, up to 120', secondsOrDuration, 30_000)
    .addOption(new Option('--type <type>', 'what to look at').choices(PROFILES).default('cpu'))
    .requiredOption('--out <file>', 'a flame graph where it ends with .svg, else the profile itself')
    .option('--targets <file>', 'list of workers as for performance-monitor', UP_TARGETS)
    .action(running('profile', [], profile));
  help(command, {
    details: `
The worker and this command need the same TACTUS_DEBUG_TOKEN. Browsers' developer tools and speedscope open .cpuprofile and
.heapprofile. A CPU profile shows where time goes, a heap profile what was allocated meanwhile and is still there.`,
    found: 'the worker refuses, or does not answer',
    examples: ['tactus profile windowing --seconds 30 --out windowing.svg'],
  });
}

async function profile(
  { config, stopping }: CommandContext,
  worker: string,
  { seconds, type, out, targets }: ProfileOptions,
): Promise<number> {
  const token = debugToken(config);
  if (token === null)
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      'TACTUS_DEBUG_TOKEN is not set: it must be that of the worker',
    );
  const isAddress = worker.includes(':');
  const url = isAddress
    ? targetOf(worker).url
    : readTargets(targets).find(({ name }) => name === worker)?.url;
  if (url === undefined) throw new TactusError('TACTUS_CONFIG_INVALID', `${targets} has no worker ${worker}`);
  const response = await fetch(`${url}/debug/profile?seconds=${seconds / 1_000}&type=${type}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.any([stopping, AbortSignal.timeout(seconds + 30_000)]),
  });
  const text = await response.text();
  if (!response.ok) {
    complain('profile', text.trim());
    return EXIT.found;
  }
  writeFileSync(out, out.endsWith('.svg') ? flameGraph(framesOf(text)) : text);
  say(`wrote ${out}`);
  return EXIT.done;
}
