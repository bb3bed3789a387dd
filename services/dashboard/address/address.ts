import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { changedQuery, type QueryChanges } from './query.js';

/*
 * Where the user is. All that a page shows follows from it, so that a link shows somebody else the same, and "back" goes back.
 */

interface Address {
  readonly path: string;
  readonly query: URLSearchParams;
}

const current = (): Address => ({
  path: window.location.pathname,
  query: new URLSearchParams(window.location.search),
});

const address = signal<Address>(current());

/** Of the address bar. */
export const path: ReadonlySignal<string> = computed(() => address.value.path);

/** Of the address bar; never changed in place. */
export const query: ReadonlySignal<URLSearchParams> = computed(() => address.value.query);

/** The path without its first part, which is that of the page: `/alerts/a/b` has `a` and `b`. */
export const rest: ReadonlySignal<readonly string[]> = computed(() =>
  path.value.split('/').slice(2).filter(Boolean).map(decoded),
);

/** What the query has for a name. */
export function queryValue(name: string): ReadonlySignal<string | null> {
  return computed(() => query.value.get(name));
}

/** Goes to an address of this site. @param replace whether "back" skips the present one */
export function go(to: string, { replace = false } = {}): void {
  const target = new URL(to, window.location.href);
  if (target.href !== window.location.href) {
    if (replace) window.history.replaceState(window.history.state, '', target);
    else window.history.pushState(null, '', target);
  }
  address.value = current();
}

/**
 * Changes the query and leaves the rest of it as it is; null removes a name.
 *
 * @param replace for what somebody does not want to go back through, such as each letter of a search
 */
export function setQuery(changes: QueryChanges, options: { readonly replace?: boolean } = {}): void {
  go(`${window.location.pathname}${changedQuery(query.peek(), changes)}`, options);
}

/** An address of this site that keeps what is the same for all pages: tenant, range and time zone. */
export function link(to: string, changes: QueryChanges = {}): string {
  const kept = new URLSearchParams(
    [...query.value].filter(([name]) => (KEPT as readonly string[]).includes(name)),
  );
  return `${to}${changedQuery(kept, changes)}`;
}

const KEPT = ['tenant', 'from', 'to', 'tz'] as const;

/** Follows the address bar, and takes links of this site over. */
export function followAddress(): void {
  window.addEventListener('popstate', () => {
    address.value = current();
  });
  document.addEventListener('click', (event) => {
    const anchor = (event.target as Element | null)?.closest?.('a');
    if (!anchor || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (anchor.origin !== window.location.origin || anchor.target !== '' || anchor.hasAttribute('download'))
      return;
    // Behind these are no pages of the dashboard.
    if (anchor.dataset.leaves !== undefined || anchor.getAttribute('href')?.startsWith('#')) return;
    event.preventDefault();
    go(anchor.href);
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
