/*
 * All charts of a page draw in the same frame of a second. What does not fit in it without being felt waits for the next.
 */

const MOST_MS = 8;
const waiting = new Map<object, () => void>();
let asked = 0;

/** Draws in the next frame; of one owner only the newest is drawn. */
export function drawSoon(owner: object, work: () => void): void {
  waiting.set(owner, work);
  if (asked === 0) asked = requestAnimationFrame(run);
}

export function drawNoMore(owner: object): void {
  waiting.delete(owner);
}

function run(): void {
  asked = 0;
  const until = performance.now() + MOST_MS;
  for (const [owner, work] of waiting) {
    waiting.delete(owner);
    work();
    if (performance.now() > until) break;
  }
  if (waiting.size > 0) asked = requestAnimationFrame(run);
}
