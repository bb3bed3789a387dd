import { type Answer, call } from '../../api/call.js';

type Rule = Answer<'GET /rules'>['items'][number];

const PAGE = 1_000;
const MOST_PAGES = 10;

/** A rule in force, found among all of them: to ask for one that may be gone would be an error of the browser. */
export async function ruleNamed(name: string, signal: AbortSignal): Promise<Rule | null> {
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { limit: PAGE, ...(cursor !== null && { cursor }) };
    const answer: Answer<'GET /rules'> = await call('GET /rules', { query, signal });
    const found = answer.items.find((rule) => rule.name === name);
    if (found !== undefined || answer.nextCursor === null) return found ?? null;
    cursor = answer.nextCursor;
  }
  return null;
}
