import type { Command } from 'commander';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import type { ReconcileOptions } from '../../batch/reconcile/command.js';
import { running } from '../program/action.js';
import { count, ratio, time } from '../program/arguments.js';
import { help, jsonOption, timeoutOption } from '../program/options.js';
import { complain, say, sayJson } from '../program/output.js';

/** `tactus reconcile`. */
export function addReconcile(program: Command): void {
  const command = program
    .command('reconcile')
    .description('compare the windows of the stream with the stored points')
    .option(
      '--from <time>',
      'windows that start then or later: ISO 8601, or 15m, 6h, 2d for so long ago (default: 1h)',
      time,
    )
    .option('--to <time>', 'windows that end then or before (default: now)', time)
    .option('--tenant <id>', 'only this tenant')
    .option(
      '--tolerance <number>',
      'relative difference up to which figures are equal; else that of the configuration',
      ratio,
    )
    .option('--wait <seconds>', 'how long the windows up to --to may take to close', count, 0)
    .option('--differences <number>', 'most differences that are listed', count, 50)
    .action(running('reconcile', ['kafka', 'database'], compare));
  help(timeoutOption(jsonOption(command)), {
    details: `
Computes every closed window anew by SQL over tactus.metric_points and compares. Only windows are compared that are
final and stored with all their points, which follows from what the workers have committed; the report lists the rest.
Changes nothing; takes servers and WINDOWS_FILE from the environment, as the workers do.

  complete   points that a window counts or that \`late\` reports, of all stored points
  accurate   windows whose figures are those of the stored points, less the late ones
  p50..p99   from the watermark passing the end of the window to its emission
  differ     late: explained by late points. missing, duplicated, wrong: a fault`,
    found: 'a window differs other than by late points, or none could be compared',
    servers: true,
    examples: [
      'npx tactus reconcile --from 30m',
      'npx tactus reconcile --from 2026-11-21T08:00:00Z --to 2026-11-21T09:00:00Z --tenant acme --json',
    ],
  });
}

interface Options extends Omit<ReconcileOptions, 'from' | 'to'> {
  readonly from?: number;
  readonly to?: number;
  readonly json: boolean;
}

async function compare(
  context: CommandContext,
  { from = time('1h'), to = time('0s'), wait, json, ...rest }: Options,
): Promise<number> {
  const { reconcile } = await import('../../batch/reconcile/command.js');
  const { reportText } = await import('../text/reconcile-report.js');
  const report = await reconcile(context, { ...rest, from, to, wait: wait * 1_000 });
  // After Ctrl-C it is of a part only.
  if (context.stopping.aborted) return EXIT.interrupted;
  if (report === null) {
    const why = 'the sink has not stored what is in the topics, so no window can be compared: is it running?';
    complain('reconcile', why);
    return EXIT.found;
  }
  if (json) sayJson(report);
  else say(reportText(report));
  const compared = report.lines.length > 0 || report.notCompared.length === 0;
  return report.sound && compared ? EXIT.done : EXIT.found;
}
