import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { TactusError } from '../../../shared/core/errors.js';
import { Health } from '../../../shared/process/health.js';
import { untilItWorks } from '../../../shared/process/wait.js';

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
