import type { Report } from '../../../services/batch/reconcile/report.js';

/** What a report over a whole run is not to show; null for none that came. */
export function problemsOf(report: Report | null): string[] {
  if (report === null) return ['reconcile gave no report'];
  const { sound, completeness, accuracy, notCompared, lines } = report;
  const late = lines.reduce((sum, { points }) => sum + points.late, 0);
  return [
    ...(sound ? [] : ['windows differ']),
    ...(completeness === 1 ? [] : [`completeness is ${completeness}`]),
    ...(accuracy === 1 ? [] : [`accuracy is ${accuracy}`]),
    ...notCompared.map(
      ({ window, from, to, reason }) => `${window} not compared from ${from} to ${to}: ${reason}`,
    ),
    ...(late > 0 ? [] : ['there were no late points to be explained']),
    ...(lines.length > 0 ? [] : ['nothing was compared']),
  ];
}
