import type { Command } from 'commander';
import { action } from '../action.js';
import { count, ratio, time } from '../arguments.js';

/** `tactus reconcile`. */
export function addReconcile(program: Command): void {
  program
    .command('reconcile')
    .description('hold the windows of the stream against the stored points; exit code 1 if one differs')
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
    .option('--wait <seconds>', 'wait so long for the windows up to --to to close', count, 0)
    .option('--differences <number>', 'list at most so many', count, 50)
    .option('--json', 'print the report as JSON', false)
    .addHelpText(
      'after',
      `
Computes every closed window anew by SQL over tactus.metric_points and compares. Judged are only windows that are final
and stored with all their points, which follows from what the workers have committed; the rest is named as not judged.
Changes nothing; takes servers and WINDOWS_FILE from the environment, as the workers do.

  complete   points that a window counts or that \`late\` reports, of all stored points
  accurate   windows whose figures are those of the stored points, less the late ones
  p50..p99   from the watermark passing the end of the window to its emission
  differ     late: explained by late points. missing, duplicated, wrong: a fault

Exit codes: 0 when all is right or late, 1 when a window differs or nothing could be judged, 78 for a bad configuration.

Examples:
  tactus reconcile --from 30m
  tactus reconcile --from 2026-11-21T08:00:00Z --to 2026-11-21T09:00:00Z --tenant acme --json`,
    )
    .action(
      action(async ({ from = time('1h'), to = time('0s'), wait, ...rest }) => {
        const { reconcileCommand } = await import('../../batch/reconcile/command.js');
        return await reconcileCommand({ ...rest, from, to, wait: wait * 1000 });
      }),
    );
}
