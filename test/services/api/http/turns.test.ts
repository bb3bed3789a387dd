import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Turns } from '../../../../services/api/http/turns.js';
import { TactusError } from '../../../../shared/core/errors.js';

const NEVER = new AbortController().signal;

/** Work that lasts until it is told to end. */
function lasting() {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { work: () => promise, end: (answer: string) => resolve(answer) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns of what is expensive', () => {
  it('are one for each tenant and few for all, in order', async () => {
    const turns = new Turns({ what: 'working', most: 2, mostOfTenant: 1, waitMs: 60_000 });
    const begun: string[] = [];
    const start = (tenant: string, name: string) => {
      const { work, end } = lasting();
      const done = turns.take(tenant, NEVER, async () => {
        begun.push(name);
        return await work();
      });
      return { done, end };
    };
    const [a1, a2, b, c] = [start('a', 'a1'), start('a', 'a2'), start('b', 'b'), start('c', 'c')];
    await settled();
    assert.deepEqual(begun, ['a1', 'b']);
    b.end('b');
    assert.equal(await b.done, 'b');
    await settled();
    assert.deepEqual(begun, ['a1', 'b', 'c'], 'the tenant that works already waits');
    a1.end('');
    await settled();
    assert.deepEqual(begun, ['a1', 'b', 'c', 'a2']);
    for (const one of [a2, c]) one.end('');
    await Promise.all([a1.done, a2.done, c.done]);
  });

  it('are several of one tenant where there are more, but never all', async () => {
    const turns = new Turns({ what: 'working', most: 3, mostOfTenant: 2, waitMs: 60_000 });
    let running = 0;
    const ends: (() => void)[] = [];
    const work = async () => {
      running += 1;
      await new Promise<void>((resolve) => ends.push(resolve));
      running -= 1;
    };
    const loud = Array.from({ length: 5 }, () => turns.take('loud', NEVER, work));
    await settled();
    assert.equal(running, 2);
    const quiet = turns.take('quiet', NEVER, work);
    await settled();
    assert.equal(running, 3, 'the quiet one waits for nobody');
    while (ends.length > 0) {
      ends.pop()?.();
      await settled();
    }
    await Promise.all([...loud, quiet]);
  });

  it('are given back by work that fails, and refused where too many wait or it lasts', async () => {
    const turns = new Turns({ what: 'working', most: 1, mostOfTenant: 1, waitMs: 5 });
    await assert.rejects(
      turns.take('a', NEVER, async () => {
        throw new Error('no');
      }),
      /no/,
    );
    const { work, end } = lasting();
    const first = turns.take('a', NEVER, work);
    const refused = (error: unknown) => error instanceof TactusError && error.code === 'TACTUS_QUERY_TIMEOUT';
    await assert.rejects(turns.take('a', NEVER, work), refused);
    const left = new AbortController();
    const waiting = turns.take('a', left.signal, work);
    left.abort();
    await assert.rejects(waiting, refused);
    const many = Array.from({ length: 65 }, () => turns.take('a', NEVER, work));
    const outcomes = await Promise.allSettled(many);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    await assert.rejects(turns.take('b', AbortSignal.abort(), work), /the client has gone/);
    end('');
    await first;
    assert.equal(await turns.take('a', NEVER, async () => 1), 1);
  });
});
