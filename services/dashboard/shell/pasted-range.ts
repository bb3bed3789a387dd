import { momentOf } from '../time/moment.js';

interface RangeText {
  readonly from: string;
  readonly to: string;
}

/** What a text from elsewhere says about a range: an address with `from` and `to`, JSON with both, or two moments; null for others. */
export function pastedRange(text: string): RangeText | null {
  const [, query] = /\?(\S+)/.exec(text) ?? [];
  if (query !== undefined) {
    const parameters = new URLSearchParams(query);
    return range(parameters.get('from'), parameters.get('to'));
  }
  const quoted = /"from"\s*:\s*"?([^",}]+)"?[^}]*"to"\s*:\s*"?([^",}]+)"?/.exec(text);
  if (quoted !== null) return range(quoted[1], quoted[2]);
  const [from, to, ...others] = text.trim().split(/\s*(?:,|–|—|\bto\b|\/|\n)\s*|\s+/);
  return others.length > 0 ? null : range(from, to);
}

function range(from: string | null | undefined, to: string | null | undefined): RangeText | null {
  if (!from || !to || momentOf(from, 0) === null || momentOf(to, 0) === null) return null;
  return { from, to };
}
