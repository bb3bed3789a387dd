import { computed, signal } from '@preact/signals';
import type { Answered } from '../../api/call.js';
import { type Board, boardOf, specOf } from './model/board.js';
import { begun, changed, type History, redone, undone } from './model/history.js';

/*
 * Dashboards that are edited. What is not saved stays in this tab when another page is shown, and the browser asks before the tab is closed.
 */

/** A stored version. */
export type Stored = Answered<'GET /dashboards/{id}'>;

export interface Editing {
  /** What the changes were made of. */
  readonly stored: Stored;
  readonly history: History<Board>;
}

const all = signal<ReadonlyMap<string, Editing>>(new Map());
const hasUnsaved = computed(() => [...all.value.values()].some(isChanged));

const keyOf = (tenant: string | null, id: string) => `${tenant} ${id}`;

export function editingOf(tenant: string | null, id: string): Editing | null {
  return all.value.get(keyOf(tenant, id)) ?? null;
}

/** Begins with what is stored, or again after it was stored. */
export function beginEditing(tenant: string | null, stored: Stored): void {
  set(keyOf(tenant, stored.answer.id), { stored, history: begun(storedBoard(stored)) });
}

export function change(tenant: string | null, id: string, how: (board: Board) => Board): void {
  step(tenant, id, (history) => {
    const next = how(history.present);
    return isSame(next, history.present) ? history : changed(history, next);
  });
}

export const undo = (tenant: string | null, id: string): void => step(tenant, id, undone);
export const redo = (tenant: string | null, id: string): void => step(tenant, id, redone);

/** Ends it, and forgets what was not saved. */
export function endEditing(tenant: string | null, id: string): void {
  const rest = new Map(all.peek());
  rest.delete(keyOf(tenant, id));
  all.value = rest;
}

export function storedBoard({ answer: { title, spec } }: Stored): Board {
  return boardOf(title, spec);
}

/** Whether there is something to save. */
export function isChanged({ stored, history }: Editing): boolean {
  return !isSame(storedBoard(stored), history.present);
}

function isSame(a: Board, b: Board): boolean {
  return a === b || (a.title === b.title && JSON.stringify(specOf(a)) === JSON.stringify(specOf(b)));
}

function step(tenant: string | null, id: string, how: (history: History<Board>) => History<Board>): void {
  const key = keyOf(tenant, id);
  const editing = all.peek().get(key);
  if (editing !== undefined) set(key, { ...editing, history: how(editing.history) });
}

function set(key: string, editing: Editing): void {
  all.value = new Map(all.peek()).set(key, editing);
}

/** Has the browser ask before the tab is closed with something that is not saved. */
export function guardUnsaved(): void {
  window.addEventListener('beforeunload', (event) => {
    if (hasUnsaved.peek()) event.preventDefault();
  });
}
