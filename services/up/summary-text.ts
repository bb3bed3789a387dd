import type { Figures, WorkerFigures } from './summary.js';

/** One compact line, for logs and pipes. */
export function summaryLine(figures: Figures): string {
  const notReady = figures.workers.filter(({ state }) => state !== 'ready');
  const lag = figures.workers.map(({ lag }) => lag ?? 0).reduce((sum, one) => sum + one, 0);
  return [
    `points/s ${decimal(figures.pointsPerSecond)}`,
    `windows/s ${decimal(figures.windowsPerSecond)}`,
    `rows/s ${decimal(figures.rowsPerSecond)}`,
    `roll-ups/s ${decimal(figures.rollupsPerSecond)}`,
    `late ${whole(figures.late)}`,
    `anomalies ${whole(figures.anomalies)}`,
    `alerts firing ${whole(figures.alertsFiring)}`,
    `dead letters ${whole(figures.deadLetters)}`,
    `lag ${whole(lag)}`,
    `watermark delay ${seconds(figures.watermarkDelaySeconds)}`,
    `complete ${ratio(figures.completeness)}`,
    `accurate ${ratio(figures.accuracy)}`,
    `timely ${milliseconds(figures.timelinessSeconds)}`,
    notReady.length === 0 ? 'all ready' : notReady.map(({ name, state }) => `${name} ${state}`).join(', '),
  ].join(' | ');
}

/** The whole picture as lines of at most `width` characters, for a terminal that is drawn over. */
export function summaryScreen(
  figures: Figures,
  addresses: ReadonlyMap<string, string>,
  width: number,
): string[] {
  const lines = [
    `points ${decimal(figures.pointsPerSecond)}/s   windows ${decimal(figures.windowsPerSecond)}/s   rows stored ${decimal(figures.rowsPerSecond)}/s   roll-ups ${decimal(figures.rollupsPerSecond)}/s`,
    `anomalies ${whole(figures.anomalies)}   alerts firing ${whole(figures.alertsFiring)}   late ${whole(figures.late)}   dead letters ${whole(figures.deadLetters)}   watermark delay ${seconds(figures.watermarkDelaySeconds)}`,
    `windows against stored points: completeness ${ratio(figures.completeness)}   accuracy ${ratio(figures.accuracy)}   timeliness p99 ${milliseconds(figures.timelinessSeconds)}`,
    '',
    `${'worker'.padEnd(10)}${'in/s'.padStart(9)}${'out/s'.padStart(9)}${'lag'.padStart(9)}${'refused'.padStart(9)}  ${'metrics'.padEnd(35)}state`,
    ...figures.workers.map((worker) => workerLine(worker, addresses.get(worker.name))),
  ];
  return lines.map((line) => (line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line));
}

function workerLine(worker: WorkerFigures, url: string | undefined): string {
  const address = url === undefined ? '' : `${url}/metrics`;
  return [
    worker.name.padEnd(10),
    decimal(worker.received).padStart(9),
    decimal(worker.sent).padStart(9),
    (worker.lag === null ? '-' : whole(worker.lag)).padStart(9),
    whole(worker.refused).padStart(9),
    `  ${address.padEnd(35)}`,
    worker.state,
  ].join('');
}

function decimal(value: number): string {
  return value.toLocaleString('en-GB', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

function seconds(value: number | null): string {
  return value === null ? '-' : `${decimal(value)} s`;
}

/** Never rounded up to 1: what is not whole must not look whole. */
function ratio(value: number | null): string {
  if (value === null) return '-';
  return value === 1 ? '1.0' : Math.min(value, 0.999999).toFixed(6);
}

function milliseconds(value: number | null): string {
  return value === null ? '-' : `${whole(value * 1000)} ms`;
}
