import type { AlertChange } from '../../api/operations.js';
import type { ChartMark } from '../../charts/series.js';

/**
 * The times that alerts of a back-test would have fired, as marks of a chart: from the change to firing to the one that ends it, or to
 * the end of what was evaluated.
 *
 * @param until ms since the epoch
 */
export function firedSpans(changes: readonly AlertChange[], until: number): ChartMark[] {
  const open = new Map<string, ChartMark>();
  const spans: ChartMark[] = [];
  for (const { rule, state, severity, labels, startsAt, endsAt, annotations } of changes) {
    const key = JSON.stringify([rule, Object.entries(labels).sort()]);
    const before = open.get(key);
    if (state === 'firing' && before === undefined)
      open.set(key, {
        ...{ id: `${key} ${startsAt}`, kind: 'alert', severity },
        ...{ start: Date.parse(startsAt), end: until, text: annotations.summary ?? rule },
      });
    if (state === 'resolved' && before !== undefined) {
      spans.push({ ...before, end: endsAt === null ? until : Date.parse(endsAt) });
      open.delete(key);
    }
  }
  return [...spans, ...open.values()].sort((a, b) => a.start - b.start);
}
