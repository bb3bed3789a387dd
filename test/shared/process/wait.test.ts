import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { TactusError } from '../../../shared/core/errors.js';
import { Health } from '../../../shared/process/health.js';
import { untilItWorks, within } from '../../../shared/process/wait.js';

const refused = new TactusError('TACTUS_ACCESS_REFUSED', 'correct the password');
const waiting = (health: Health) => ({
  ...{ what: 'Kafka', signal: new AbortController().signal, log: pino({ level: 'silent' }), health },
});

describe('a server that refuses access', () => {
  it('ends the start of a worker, and a command', async () => {
    const health = new Health();
    await assert.rejects(
      untilItWorks(() => Promise.reject(refused), waiting(health)),
      refused,
    );
    assert.equal(health.blocks.size, 0);
  });

  it('is waited for by a worker that has started, with the reason', async () => {
    const health = new Health();
    health.started();
    const reasons: string[] = [];
    let attempts = 0;
    const result = await untilItWorks(async () => {
      reasons.push(...health.reasons);
      if (++attempts < 3) throw refused;
      return 'let in';
    }, waiting(health));
    assert.equal(result, 'let in');
    assert.deepEqual(reasons, Array(2).fill('waiting for Kafka: correct the password'));
    assert.ok(health.ready);
  });
});

describe('an answer that is waited for', () => {
  const late = () => new Error('late');

  it('counts when it has come while the process was busy', async () => {
    // The next thing that the process looks at are timers.
    await setImmediate();
    const answer = within(stat('.'), 5, late);
    const until = performance.now() + 50;
    while (performance.now() < until);
    assert.ok((await answer).isDirectory());
  });

  it('does not when it has not come', async () => {
    await assert.rejects(within(new Promise(() => {}), 5, late), late());
  });
});
