import type { Report, ReportDifference, ReportLine } from '../../batch/reconcile/report.js';

/** The report as text. */
export function reportText(report: Report): string {
  const { from, to, lines, differences, further, notCompared } = report;
  const head = `windows from ${from} to ${to}${report.tenant === null ? '' : ` of ${report.tenant}`}`;
  const out = [head, ''];
  if (lines.length === 0) out.push('no windows and no points that could be compared');
  else out.push(...table(lines));
  if (differences.length > 0) {
    out.push('', 'differences');
    out.push(...differences.map(differenceLine));
    if (further > 0) out.push(`  and ${further.toLocaleString('en-GB')} more`);
  }
  if (notCompared.length > 0) {
    out.push('', 'not compared');
    for (const { window, from: start, to: end, reason } of notCompared)
      out.push(`  ${window} from ${start} to ${end}: ${reason}`);
  }
  const result = report.sound
    ? 'every window matches the stored points, late ones explained'
    : `windows differ by more than ${report.tolerance} (relative), or by points`;
  out.push('', `completeness ${ratio(report.completeness)}, accuracy ${ratio(report.accuracy)}: ${result}`);
  return out.join('\n');
}

function table(lines: readonly ReportLine[]): string[] {
  const rows = [
    ['tenant', 'window', 'complete', 'accurate', 'windows', 'points', 'late', 'p50', 'p95', 'p99', 'differ'],
    ...lines.map(
      ({ tenantId, window, completeness, accuracy, windows, points, timelinessMs, differences }) => [
        tenantId,
        window,
        ratio(completeness),
        ratio(accuracy),
        windows.written.toLocaleString('en-GB'),
        points.stored.toLocaleString('en-GB'),
        points.late.toLocaleString('en-GB'),
        ...[timelinessMs.p50, timelinessMs.p95, timelinessMs.p99].map((ms) =>
          ms === null ? '-' : `${ms} ms`,
        ),
        Object.entries(differences)
          .filter(([, count]) => count > 0)
          .map(([cause, count]) => `${count} ${cause}`)
          .join(', ') || 'none',
      ],
    ),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const isText = (column: number) => column < 2 || column === widths.length - 1;
  return rows.map((row) =>
    row
      .map((cell, i) => (isText(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function differenceLine({ tenantId, metric, tags, window, start, cause, detail }: ReportDifference): string {
  return `  ${cause.padEnd(10)} ${window} ${start} ${tenantId}|${metric} ${JSON.stringify(tags)}: ${detail}`;
}

/** Never rounded up to 1. */
function ratio(value: number): string {
  return value === 1 ? '1' : Math.min(value, 0.999999).toFixed(6);
}
