import { tagTexts } from '../../../api/tags.js';

/** `name=value` of each line; null where one is none. */
export function pairsOf(text: string): Record<string, string> | null {
  const pairs: [string, string][] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const at = line.indexOf('=');
    if (at < 1) return null;
    pairs.push([line.slice(0, at), line.slice(at + 1)]);
  }
  return Object.fromEntries(pairs);
}

/** What {@link pairsOf} reads. */
export function pairsText(pairs: Readonly<Record<string, string>> = {}): string {
  return tagTexts(pairs).join('\n');
}
