import { signal } from '@preact/signals';
import { go, link } from '../address/address.js';
import { isWriting } from '../parts/writing.js';
import { wallTime } from '../time/clock.js';
import { isPaused, setPaused } from '../time/range.js';
import { PAGES } from './pages.js';

export const isPaletteOpen = signal(false);
export const isHelpOpen = signal(false);

/** Keys of all pages, as the help has them; a page or chart has others while it is there. */
export const KEYS: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: 'Ctrl K', does: 'Find a page, a metric, a dashboard, an action' },
  { keys: '?', does: 'Show this' },
  ...PAGES.map(({ key, title }) => ({ keys: `g ${key}`, does: `Go to ${title}` })),
  { keys: 'p', does: 'Pause or go on' },
  { keys: '← →', does: 'Move the cursor of a chart' },
  { keys: '+ −', does: 'Zoom a chart in or out' },
  { keys: 'Backspace', does: 'Back to the range before' },
  { keys: 'Enter', does: 'Pin the cursor on all charts' },
  { keys: 'j k', does: 'Next and previous alert' },
  { keys: 'a s', does: 'Acknowledge or silence it' },
  { keys: 'Ctrl Z Ctrl Y', does: 'Undo and redo changes of a layout' },
];
/** Between `g` and what follows. */
const CHORD_MS = 1_500;

export function followKeys(): () => void {
  let begunAt = 0;
  const listener = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      isPaletteOpen.value = true;
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    const page = wallTime() - begunAt < CHORD_MS ? PAGES.find(({ key }) => key === event.key) : undefined;
    begunAt = event.key === 'g' ? wallTime() : 0;
    if (page !== undefined) go(link(`/${page.path}`));
    else if (event.key === '?') isHelpOpen.value = true;
    else if (event.key === 'p') setPaused(!isPaused.peek());
  };
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}
