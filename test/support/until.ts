/** From one look to the next at first, and at most: the longer it has waited, the less another moment matters. */
const POLL_MS = { from: 50, to: 150 };
/** Of the time waited so far. */
const POLL_SHARE = 0.05;
/** Ends a wait for what does not come; a machine with much else to do may take ten times as long as usual. */
const WAIT_MS = 120_000;

/** Waits until `check` gives something other than null, undefined or false; fails after `ms`. */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  ms = WAIT_MS,
): Promise<T> {
  const began = performance.now();
  let last = '';
  for (;;) {
    try {
      const found = await check();
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (error) {
      last = ` (last error: ${String(error)})`;
    }
    const waited = performance.now() - began;
    if (waited > ms) throw new Error(`waited ${ms} ms for ${what}${last}`);
    const pause = Math.min(Math.max(POLL_MS.from, waited * POLL_SHARE), POLL_MS.to);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
