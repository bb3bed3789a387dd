import { signal } from '@preact/signals';
import { saidOf } from '../api/problem.js';
import { Button } from './button.js';
import { classes } from './class-names.js';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isBad: boolean;
  readonly action: ToastAction | null;
}

/** What a toast offers besides being dismissed. */
interface ToastAction {
  readonly text: string;
  readonly run: () => void;
}

const SHOWN_MS = 8_000;
const MOST = 4;
const toasts = signal<readonly Toast[]>([]);
let made = 0;

const remove = (id: number) => {
  toasts.value = toasts.peek().filter((one) => one.id !== id);
};

function add(text: string, isBad: boolean, action: ToastAction | null): void {
  made += 1;
  const id = made;
  toasts.value = [...toasts.peek(), { id, text, isBad, action }].slice(-MOST);
  // What went wrong stays until somebody has read it.
  if (!isBad) setTimeout(() => remove(id), SHOWN_MS);
}

/** Says that something is done, and how it is undone if it can be, or what may come next. */
export function said(text: string, next: (() => void) | ToastAction | null = null): void {
  add(text, false, typeof next === 'function' ? { text: 'Undo', run: next } : next);
}

/** Says what went wrong. */
export function failed(what: string, error: unknown): void {
  add(`${what}: ${saidOf(error)}`, true, null);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, isBad, action }) => (
        <div key={id} class={classes('toast', isBad && 'is-bad')}>
          <span>{text}</span>
          {action !== null && (
            <Button
              isSmall
              onClick={() => {
                remove(id);
                action.run();
              }}
            >
              {action.text}
            </Button>
          )}
          <Button isSmall kind="quiet" onClick={() => remove(id)}>
            Dismiss
          </Button>
        </div>
      ))}
    </div>
  );
}
