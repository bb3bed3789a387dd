import { call, callWithTag } from '../../api/call.js';
import { ApiProblem } from '../../api/problem.js';
import { boardOf, specOf } from './model/board.js';
import { added, hasRoom, type NewComponent } from './model/edits.js';

/** Every dashboard is found by it, as nobody has more. */
const MOST = 1_000;
const ATTEMPTS = 5;

export const EMPTY_SPEC = { layout: 'grid', columns: 12, components: [] } as const;

/** A key that has a request answered once, however often it is sent. */
export const onceKey = (): string => crypto.randomUUID();

export async function listDashboards(signal: AbortSignal) {
  return (await call('GET /dashboards', { query: { limit: MOST }, signal })).items;
}

/** @returns the id */
export async function createDashboard(
  title: string,
  spec: Readonly<Record<string, unknown>>,
): Promise<string> {
  const body = { title, spec };
  return (await call('POST /dashboards', { query: {}, body, idempotencyKey: onceKey() })).id;
}

/** @returns the id of the copy */
export function copyDashboard(title: string, spec: Readonly<Record<string, unknown>>): Promise<string> {
  return createDashboard(`Copy of ${title}`.slice(0, 200), spec);
}

/** Puts a component onto a stored dashboard, after whatever others change meanwhile. @returns the dashboard's title */
export async function addToDashboard(id: string, component: NewComponent): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const { answer, etag } = await callWithTag('GET /dashboards/{id}', { path: { id }, query: {} });
    const board = boardOf(answer.title, answer.spec);
    if (!hasRoom(board)) throw new Error('It has as many widgets as a dashboard may have.');
    try {
      const body = { title: answer.title, spec: specOf(added(board, component)) };
      await call('PUT /dashboards/{id}', { path: { id }, query: {}, body, ifMatch: etag ?? '' });
      return answer.title;
    } catch (error) {
      if (!(error instanceof ApiProblem && error.isConflict) || attempt === ATTEMPTS) throw error;
    }
  }
}
