import { isDeepStrictEqual } from 'node:util';
import { sleep } from '../../../process/wait.js';

/** Asks until two answers in a row, `everyMs` apart, are the same. */
export async function settled<T>(ask: () => Promise<T>, everyMs: number): Promise<T> {
  for (let before = await ask(); ; ) {
    await sleep(everyMs);
    const now = await ask();
    if (isDeepStrictEqual(before, now)) return now;
    before = now;
  }
}
