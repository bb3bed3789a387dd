import type { Command } from 'commander';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { running } from '../program/action.js';
import { count } from '../program/arguments.js';
import { help, jsonOption, timeoutOption } from '../program/options.js';
import { complain, say, sayJson } from '../program/output.js';

const load = () => import('../../sources/sources.js');

/** `tactus sources`. */
export function addSources(program: Command): void {
  const sources = program
    .command('sources')
    .description('list the input partitions that watermarks wait for, and forget one that is gone for good');
  addList(sources);
  addForget(sources);
}

function addList(sources: Command): void {
  const command = sources
    .command('ls')
    .description('list the input partitions of stages that keep time, and how far each is')
    .action(
      running('sources ls', ['kafka'], async (context, { json }: { json: boolean }) => {
        const found = await (await load()).listSources(context);
        const { sourcesText } = await import('../text/sources.js');
        if (json) sayJson(found);
        else for (const line of sourcesText(found)) say(line);
        return EXIT.done;
      }),
    );
  help(timeoutOption(jsonOption(command)), {
    details: `
A source is alive when its worker has said something of it in the last two minutes, else silent; unknown when no
worker has; forgotten as long as nobody claims it again.`,
    servers: true,
    examples: [
      'npx tactus sources ls',
      'npx tactus sources ls --json | jq \'.[] | select(.state == "silent")\'',
    ],
  });
}

function addForget(sources: Command): void {
  const command = sources
    .command('forget')
    .description('have watermarks go on without an input partition that is gone for good')
    .argument('<stage>', 'consumer group of the stage, without the prefix, as `sources ls` shows it')
    .argument('<topic>', 'its input, without the prefix')
    .argument('<partition>', 'of the input', count)
    .action(running('sources forget', ['kafka'], forget));
  help(timeoutOption(command), {
    details: `
Windowing and alerting wait for it no longer, and no point is late for a hold because of it. It counts again if it is
heard of again and has come up to the watermark.`,
    found:
      'no worker has ever named this source, or one has done so in the last two minutes: nothing is changed',
    servers: true,
    examples: ['npx tactus sources forget ingest ingest.metrics 3'],
  });
}

async function forget(
  context: CommandContext,
  stage: string,
  topic: string,
  partition: number,
): Promise<number> {
  const outcome = await (await load()).forgetSource(context, { stage, topic, partition });
  const name = `${topic}[${partition}] of ${stage}`;
  if (outcome === 'forgotten') {
    say(`${name} is forgotten`);
    return EXIT.done;
  }
  const why =
    outcome === 'alive'
      ? `a worker is at work on ${name}: it has said so in the last two minutes`
      : `no worker has ever named ${name}: \`tactus sources ls\` lists those that there are`;
  complain('sources forget', why);
  return EXIT.found;
}
