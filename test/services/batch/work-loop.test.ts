import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { runWorkLoop, type StepOutcome } from '../../../services/batch/work-loop.js';
import { TactusError } from '../../../shared/core/errors.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { until } from '../../support/until.js';

/** A loop with one step. */
function loop(step: () => Promise<void>) {
  const health = new Health();
  const stop = new AbortController();
  let pieces = 0;
  const running = runWorkLoop({
    steps: [
      async () => {
        await step();
        return 'done';
      },
    ],
    intervalMs: 1_000_000,
    waiting: { what: 'the database', signal: stop.signal, log: createLogger('test', 'silent'), health },
    pieces: () => pieces,
    stuckAfterMs: 100_000,
  });
  const passes = (seconds: number) => {
    for (let i = 0; i < seconds; i++) health.look(1_000);
    return health.alive;
  };
  const end = async () => {
    stop.abort();
    await running;
  };
  return {
    ...{ health, passes, end },
    piece: () => {
      pieces += 1;
    },
  };
}

test('a step that neither ends nor comes to another piece of it makes its worker one that is not alive', async () => {
  const hanging = Promise.withResolvers<void>();
  const { health, passes, piece, end } = loop(() => hanging.promise);
  assert.equal(passes(99), true);
  piece();
  assert.equal(passes(100), true);
  assert.equal(passes(1), false);
  assert.match(health.reasons.join(), /^batch: no progress for 100 s/);
  hanging.resolve();
  await until('the step to end', () => passes(1));
  await end();
});

test('a loop that has nothing to do, or waits for the database, is alive', async () => {
  const idle = loop(async () => {});
  await setImmediate();
  assert.equal(idle.passes(10_000), true);
  await idle.end();
  const waiting = loop(async () => {
    throw new TactusError('TACTUS_DATABASE_UNAVAILABLE', 'the database is away');
  });
  await until('it to wait', () => !waiting.health.ready);
  assert.equal(waiting.passes(10_000), true);
  await waiting.end().catch(() => {});
});

test('after a step that fails the pass begins anew: the first step is the one that finds out who leads', async () => {
  const asked: string[] = [];
  const stop = new AbortController();
  const step = (name: string, outcomes: (StepOutcome | Error)[]) => async (): Promise<StepOutcome> => {
    asked.push(name);
    const outcome = outcomes.shift() ?? 'done';
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const away = new TactusError('TACTUS_DATABASE_UNAVAILABLE', 'the database is away');
  const running = runWorkLoop({
    steps: [step('lease', ['more', 'standby']), step('compare', [away])],
    intervalMs: 1_000_000,
    waiting: {
      what: 'the database',
      signal: stop.signal,
      log: createLogger('test', 'silent'),
      health: new Health(),
    },
    pieces: () => 0,
    stuckAfterMs: 100_000,
  });
  await until('the second pass', () => asked.length > 2);
  stop.abort();
  await running;
  assert.deepEqual(asked, ['lease', 'compare', 'lease']);
});
