const FORM = /^#login=([\w-]+)$/;

/** The code that a link has behind its `#`, which no server is sent and no log has. The address bar and the history lose it. */
export function takeLoginCode(): string | null {
  const [, code] = FORM.exec(window.location.hash) ?? [];
  if (window.location.hash !== '')
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return code ?? null;
}

/** Whether a link to log in has been followed. */
export const hasLoginCode = (): boolean => FORM.test(window.location.hash);
