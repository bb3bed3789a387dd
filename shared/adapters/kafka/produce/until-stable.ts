import { isDeepStrictEqual } from 'node:util';
import { sleep } from '../../../process/wait.js';

/** Repeats a read, `everyMs` apart, until two answers in a row are equal. */
export async function untilStable<T>(read: () => Promise<T>, everyMs: number): Promise<T> {
  for (let before = await read(); ; ) {
    await sleep(everyMs);
    const now = await read();
    if (isDeepStrictEqual(before, now)) return now;
    before = now;
  }
}
