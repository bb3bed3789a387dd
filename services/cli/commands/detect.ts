import type { Command } from 'commander';
import type { DetectOptions } from '../../detect/main.js';
import { action } from '../program/action.js';
import { sensitivity } from '../program/arguments.js';
import { help, jsonOption } from '../program/options.js';

/** `tactus detect`. */
export function addDetect(program: Command): void {
  const command = program
    .command('detect')
    .description('score a CSV of timestamp,value from stdin by the detector of the anomaly worker')
    .option('--plot <file>', 'draw series, band and anomalies to this file as SVG')
    .option('--report <file>', 'write the same drawing and the anomalies in words to this file as HTML')
    .option(
      '--sensitivity <number>',
      '2 takes half the evidence for an anomaly, 0.5 twice as much',
      sensitivity,
      1,
    )
    .action(action(async (options: DetectOptions) => (await import('../../detect/main.js')).detect(options)));
  jsonOption(command);
  help(command, {
    details: `
Writes timestamp,value,anomaly_score,expected,lower,upper to stdout, one row for each row and as they
come. Scores are from 0 to 1, an anomaly has 0.5 or more, and no row knows of later ones. Timestamps are
ISO 8601, YYYY-MM-DD HH:MM:SS (UTC) or epoch seconds or milliseconds; a blank value is a missing point.
Rows with a value that is no number, too many fields, or a time that cannot be read or goes back are
counted on stderr with the line of the first; so is progress, every 500000 rows. With --json each row is
an object on a line, with a severity and an explanation if it is an anomaly.`,
    found: 'the input cannot be read or has no rows',
    examples: ['tactus detect --report cpu.html < cpu.csv > scored.csv'],
  });
}
