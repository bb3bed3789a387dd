const POLL_MS = 50;
/** Ends a wait for what does not come; a machine with much else to do may take ten times as long as usual. */
const WAIT_MS = 120_000;

/** Waits until `check` gives something other than null, undefined or false; fails after `ms`. */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  ms = WAIT_MS,
): Promise<T> {
  const deadline = performance.now() + ms;
  let last = '';
  for (;;) {
    try {
      const found = await check();
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (error) {
      last = ` (last error: ${String(error)})`;
    }
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms for ${what}${last}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
