/** A window definition as the test understands it; shares no code with the workers. */
export interface Definition {
  readonly name: string;
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;
  /** Tags that distinguish series; null takes all. */
  readonly groupBy: readonly string[] | null;
  /** Only metrics whose name starts with this. */
  readonly metricPrefix: string;
}

/** Of a partition without new records, in the workers' environment. */
export const IDLE_TIMEOUT_MS = 3_000;

/** Short windows with graces of their own: something closes at every moment, wherever a fault hits. */
export const DEFINITIONS: readonly Definition[] = [
  { name: 'half', sizeMs: 500, advanceMs: 500, graceMs: 3_000, groupBy: null, metricPrefix: '' },
  { name: 'span', sizeMs: 8_000, advanceMs: 2_000, graceMs: 3_200, groupBy: null, metricPrefix: '' },
  { name: 'tenant', sizeMs: 4_000, advanceMs: 4_000, graceMs: 5_000, groupBy: [], metricPrefix: '' },
  {
    name: 'host',
    sizeMs: 3_000,
    advanceMs: 1_500,
    graceMs: 4_100,
    groupBy: ['host'],
    metricPrefix: 'time.',
  },
];

/**
 * Sessions of the metrics whose name starts with `metricPrefix`, of every tag. Few of the frequent
 * series pause for so long, so that theirs are cut; the rare ones pause all the time.
 */
export const SESSION = { name: 'visit', gapMs: 300, maxMs: 4_000, graceMs: 3_000, metricPrefix: 'time.' };

/** Whether windows carry a sketch of their members: sessions do, others where they begin at a multiple of their size. */
export function hasSketch(window: string, start: number): boolean {
  const { sizeMs = 1 } = DEFINITIONS.find(({ name }) => name === window) ?? {};
  return start % sizeMs === 0;
}

/** The same for `WINDOWS_FILE`. */
export function windowsFile(): string {
  const lines = ['windows:'];
  for (const { name, sizeMs, advanceMs, graceMs, groupBy, metricPrefix } of DEFINITIONS) {
    lines.push(`  - name: ${name}`, `    size: ${sizeMs}ms`, `    grace: ${graceMs}ms`);
    if (advanceMs !== sizeMs) lines.push('    kind: hopping', `    advance: ${advanceMs}ms`);
    if (groupBy !== null) lines.push(`    groupBy: [${groupBy.join(', ')}]`);
    if (metricPrefix !== '') lines.push(`    metrics: '${metricPrefix}*'`);
  }
  const { name, gapMs, maxMs, graceMs, metricPrefix } = SESSION;
  lines.push(`  - name: ${name}`, '    kind: session', `    gap: ${gapMs}ms`, `    maxLength: ${maxMs}ms`);
  lines.push(`    grace: ${graceMs}ms`, `    metrics: '${metricPrefix}*'`);
  return `${lines.join('\n')}\n`;
}

/** Starts of the definition's windows that hold `at`, the oldest first. */
export function startsAround({ sizeMs, advanceMs }: Definition, at: number): number[] {
  const starts: number[] = [];
  for (let start = Math.floor(at / advanceMs) * advanceMs; start > at - sizeMs; start -= advanceMs)
    starts.unshift(start);
  return starts;
}
