const FORM = /^#share=([\w-]+)$/;
const KEY = 'tactus-share';

interface Kept {
  readonly token: string;
  /** Where the link has led to. */
  readonly path: string;
}

/**
 * The token of a link to a dashboard: behind the `#` of the address, which loses it, or of this tab and the same address, so that the
 * page can be loaded again.
 */
export function takeShareToken(): string | null {
  const { hash, pathname, search } = window.location;
  const [, token] = FORM.exec(hash) ?? [];
  if (token !== undefined) {
    window.history.replaceState(null, '', pathname + search);
    return token;
  }
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Kept | null;
  return kept?.path === pathname ? kept.token : null;
}

export function keepShareToken(token: string, path: string): void {
  const kept: Kept = { token, path };
  sessionStorage.setItem(KEY, JSON.stringify(kept));
}

export const forgetShareToken = (): void => sessionStorage.removeItem(KEY);

/** Whether a link to a dashboard has been followed. */
export const hasShareToken = (): boolean => FORM.test(window.location.hash);
