import { eventF1 } from '../../shared/detection/events/event-score.js';
import type { DetectFigures } from './figures.js';

/** The figures of one set of seeds, as lines. */
export function linesOf(title: string, figures: DetectFigures): string[] {
  const { made, clean, operational, labelled } = figures;
  return [
    `${title}: seeds ${figures.seeds.join(', ')}; ${figures.points} points`,
    '',
    row(`made incidents found, of ${made.length}`, figures.found, 1),
    ...made.filter(({ share }) => share < 1).map(({ name, share }) => row(`  ${name}`, share, 2)),
    row('false alarms per 1,000 clean points', figures.falseAlarms, 3),
    ...clean
      .filter(({ perThousand }) => perThousand > 0)
      .map(({ name, perThousand }) => row(`  ${name}`, perThousand, 3)),
    row('event F1 of operational series', figures.eventF1, 1),
    ...operational.map(({ name, tally }) => {
      const { incidents, found, right, wrong } = tally;
      return `${row(`  ${name}`, eventF1(tally), 1)}  ${found} of ${incidents} found, ${right} alarms right, ${wrong} wrong`;
    }),
    row('Numenta benchmark, out of fold', labelled.score, 1),
    ...labelled.families.map(
      ({ name, score, threshold }) => `${row(`  ${name}`, score, 1)}  threshold ${threshold.toFixed(3)}`,
    ),
    row('us per observation', figures.microsPerPoint, 2),
    '',
  ];
}

function row(name: string, value: number, digits: number): string {
  return `${name.padEnd(38)} ${value.toFixed(digits).padStart(7)}`;
}
