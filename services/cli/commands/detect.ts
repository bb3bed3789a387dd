import type { Command } from 'commander';
import type { DetectOptions } from '../../detect/main.js';
import { action } from '../program/action.js';
import { sensitivity } from '../program/arguments.js';
import { help } from '../program/options.js';

/** `tactus detect`. */
export function addDetect(program: Command): void {
  const command = program
    .command('detect')
    .description('score a CSV of timestamp,value from stdin by the detector of the anomaly worker')
    .option('--plot <file>', 'draw series, band and anomalies to this file as SVG')
    .option(
      '--sensitivity <number>',
      '2 takes half the evidence for an anomaly, 0.5 twice as much',
      sensitivity,
      1,
    )
    .action(action(async (options: DetectOptions) => (await import('../../detect/main.js')).detect(options)));
  help(command, {
    details: `
Writes timestamp,value,anomaly_score,expected,lower,upper to stdout, one row for each row and as they
come. Scores are from 0 to 1, an anomaly has 0.5 or more, and no row knows of later ones. Timestamps are
ISO 8601, YYYY-MM-DD HH:MM:SS (UTC) or epoch seconds or milliseconds; a blank value is a missing point.`,
    found: 'the input cannot be read',
    examples: ['tactus detect --plot cpu.svg < cpu.csv > scored.csv'],
  });
}
