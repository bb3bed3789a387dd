import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCodeOf, UnreachableError } from '../../../../services/cli/program/failure.js';
import { OutageWatch } from '../../../../services/cli/program/outage-watch.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { Health } from '../../../../shared/process/health.js';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function watch(timeoutMs: number) {
  const health = new Health();
  const said: string[] = [];
  const needs = ['kafka', 'database'] as const;
  const config = loadConfig({ KAFKA_BROKERS: 'broker:9092', DATABASE_URL: 'postgres://me:hunter2@db/x' });
  const announce = (line: string) => said.push(line);
  return { health, said, watch: new OutageWatch({ config, health, needs, timeoutMs, announce }) };
}

describe('the watch over the servers of a command', () => {
  it('ends the command when a server that answered at first goes away, and names that one', async () => {
    const { health, watch: outage } = watch(200);
    health.block('kafka broker 1', 'reading from kafka broker 1: connect ECONNREFUSED');
    await assert.rejects(outage.expired, {
      name: 'UnreachableError',
      message: /^no answer from Kafka at broker:9092 \(connect ECONNREFUSED\) within 200ms: .*KAFKA_BROKERS/,
    });
  });

  it('names all that are away, without their passwords', async () => {
    const { health, watch: outage } = watch(200);
    health.block('Kafka', 'no answer yet');
    health.block('the database', 'waiting for the database: timeout');
    await assert.rejects(outage.expired, (error: Error) => {
      assert.match(error.message, /Kafka at broker:9092 and the database at db \(timeout\)/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });

  it('lets a command go on whose server comes back', async () => {
    const { health, watch: outage } = watch(400);
    let expired = false;
    outage.expired.catch(() => {
      expired = true;
    });
    // Away for longer than the time-out in all, but never at a stretch.
    for (let i = 0; i < 3; i++) {
      health.block('Kafka', 'no answer yet');
      await sleep(150);
      health.clear('Kafka');
      await sleep(250);
    }
    outage.end();
    assert.equal(expired, false);
  });
});

describe('the exit code of an error', () => {
  it('says whose fault it is', () => {
    const codes = (
      ['TACTUS_CONFIG_INVALID', 'TACTUS_KAFKA_UNAVAILABLE', 'TACTUS_TOPIC_MISMATCH'] as const
    ).map((code) => exitCodeOf(new TactusError(code, 'x')));
    assert.deepEqual(codes, [78, 69, 1]);
    assert.equal(exitCodeOf(new UnreachableError('x')), 69);
    assert.equal(exitCodeOf(new Error('a bug')), 1);
  });
});
