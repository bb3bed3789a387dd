import { type Answer, call } from '../../api/call.js';
import { paged } from '../../api/paged.js';

type Rule = Answer<'GET /rules'>['items'][number];

const PAGE = 1_000;
const MOST_PAGES = 10;

/** A rule in force, found among all of them: to ask for one that may be gone would be an error of the browser. */
export async function ruleNamed(name: string, signal: AbortSignal): Promise<Rule | null> {
  const pages = paged((at) => call('GET /rules', { query: { limit: PAGE, ...at }, signal }), MOST_PAGES);
  for await (const { items } of pages) {
    const found = items.find((rule) => rule.name === name);
    if (found !== undefined) return found;
  }
  return null;
}
