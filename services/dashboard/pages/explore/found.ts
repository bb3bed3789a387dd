import type { Metric } from '../../api/operations.js';

/** What was typed: words of names, and tags such as `host=a`. */
export function searchOf(text: string): { readonly words: string; readonly tags: readonly string[] } {
  const parts = text.split(/\s+/).filter(Boolean);
  const isTag = (part: string) => /^[^=]+=./.test(part);
  return { words: parts.filter((part) => !part.includes('=')).join(' '), tags: parts.filter(isTag) };
}

/** Metrics whose name has all the words, those that begin with the first of them first. */
export function foundMetrics(metrics: readonly Metric[], text: string): Metric[] {
  const words = text
    .toLowerCase()
    .split(/[\s.]+/)
    .filter(Boolean);
  const [first = ''] = words;
  const hits = metrics.filter(({ metric }) => {
    const name = metric.toLowerCase();
    return words.every((word) => name.includes(word));
  });
  const begins = ({ metric }: Metric) => (metric.toLowerCase().startsWith(first) ? 0 : 1);
  return hits.sort((a, b) => begins(a) - begins(b));
}

const MOST_RECENT = 8;

/** Names that were looked at, the newest first. */
export const withRecent = (recent: readonly string[], metric: string): string[] =>
  [metric, ...recent.filter((one) => one !== metric)].slice(0, MOST_RECENT);

/** As they are kept in the browser; what cannot be read is none. */
export function recentOf(text: string | null): string[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string').slice(0, MOST_RECENT) : [];
  } catch {
    return [];
  }
}
