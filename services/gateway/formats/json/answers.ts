import type { Answer, Problem } from '../format.js';
import type { Outcome } from '../outcome.js';

const JSON_TYPE = { 'content-type': 'application/json' };
/** RFC 9457. */
const PROBLEM_TYPE = 'application/problem+json';

/** 400 when all are bad: then the request as a whole is a mistake. */
export function statusOf({ accepted, duplicates, refused, leftOut }: Outcome): 200 | 400 {
  return refused > 0 && accepted === 0 && duplicates === 0 && leftOut.size === 0 ? 400 : 200;
}

/** What became of each item: those that are not listed are accepted. */
export function answerItems(outcome: Outcome): Answer {
  const { accepted, duplicates } = outcome;
  const body = { accepted, duplicates, ...rejectedOf(outcome) };
  return { status: statusOf(outcome), headers: JSON_TYPE, body: JSON.stringify(body) };
}

/** Those that are refused, in the order of the request; of very many only the first have their reason. */
export function rejectedOf({ refused, inWords }: Outcome) {
  const more = refused - inWords.length;
  const rejected = inWords.toSorted((one, other) => one.index - other.index);
  return { rejected, ...(more > 0 && { rejectedWithoutReason: more }) };
}

export function refuseJson({ status, error }: Problem): Answer {
  const { code, message } = error;
  const body = { type: 'about:blank', title: code, status, code, detail: message };
  return { status, headers: { 'content-type': PROBLEM_TYPE }, body: JSON.stringify(body) };
}
