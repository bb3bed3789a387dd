/** A window of a probe. */
export interface ProbeWindow {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly end: number;
  readonly max: number;
}

/** A change of an alert's state, as a key. */
export const RISE = (metric: string, host: string, state: string, at: number) =>
  `${metric} ${host} ${state} at ${at}`;

/** Changes that a rule `max > threshold` makes of windows, which are to be given in the order of each series. */
export function risesIn(windows: Iterable<ProbeWindow>, threshold: number): string[] {
  const firing = new Set<string>();
  const changes: string[] = [];
  for (const { metric, tags, end, max } of windows) {
    const { host = '' } = tags;
    const series = `${metric} ${host}`;
    const isHigh = max > threshold;
    if (isHigh === firing.has(series)) continue;
    if (isHigh) firing.add(series);
    else firing.delete(series);
    changes.push(RISE(metric, host, isHigh ? 'firing' : 'resolved', end));
  }
  return changes;
}
