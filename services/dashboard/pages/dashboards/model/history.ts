/** States of something that is edited, the oldest first. */
export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

const MOST = 100;

export function begun<T>(present: T): History<T> {
  return { past: [], present, future: [] };
}

/** After a change; what was undone before cannot be redone any more. The oldest state is forgotten at the bound. */
export function changed<T>({ past, present }: History<T>, next: T): History<T> {
  return { past: [...past, present].slice(-MOST), present: next, future: [] };
}

export function undone<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future] };
}

export function redone<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  return next === undefined ? history : { past: [...history.past, history.present], present: next, future };
}
