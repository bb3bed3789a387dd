import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { joinGroup } from '../../../shared/adapters/kafka/consume/group-member.js';
import { loadConfig } from '../../../shared/config/load.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { Stage } from '../../../shared/core/stage.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import { bind } from '../../../shared/runners/stage-binding.js';
import { runStages } from '../../../shared/runners/stage-worker.js';
import { sharedServers } from '../../support/servers.js';
import { createTopic } from '../../support/topics.js';
import { until } from '../../support/until.js';
import { intercept, TransactionsFixture } from '../adapters/kafka/produce/transactions-fixture.js';

const FLUSH_MS = 5_000;

/** Passes every record on to `alerts`, and keeps nothing but its place. */
const passOn: Stage<{ next: number }> = {
  restore: ({ checkpoint }) => ({ next: checkpoint?.offset ?? 0 }),
  step: (_, batch) => {
    const outputs = new OutputBatch();
    for (let i = 0; i < batch.length; i++)
      outputs.add({ topic: 'alerts', key: batch.key(i), value: batch.value(i) ?? Buffer.alloc(0) });
    return { state: { next: batch.nextOffset }, outputs, refusals: [], changes: [] };
  },
  checkpoint: ({ next }) => ({ offset: next, metadata: '' }),
};
const decoder: ValueDecoder<unknown> = {
  prepare: async () => {},
  fieldsInPlace: () => 0,
  decode: (v) => v,
};

describe('a worker whose last commit before a rebalance hangs', { timeout: 240_000 }, () => {
  let fixture: TransactionsFixture;
  let restore = () => {};
  let stop = async () => {};

  before(async () => {
    fixture = await TransactionsFixture.start({ servers: sharedServers() });
    await createTopic(fixture.reading.admin, { topic: `${fixture.prefix}state.progress`, numPartitions: 1 });
  });
  after(async () => {
    restore();
    await stop();
    await fixture.stop();
  });

  it('joins without it when its time is over, and nothing is lost or comes twice', async () => {
    const { input, groupId, prefix, reading } = fixture;
    const context = {
      ...fixture.context(),
      config: loadConfig({ ...sharedServers(), TOPIC_PREFIX: prefix }),
      fail: (error: unknown) => assert.fail(error as Error),
    };
    const producer = reading.plain.producer();
    await producer.connect();
    const wanted: string[] = [];
    const send = async (count: number) => {
      const keys = Array.from({ length: count }, (_, i) => `key-${wanted.length + i}`);
      wanted.push(...keys);
      const messages = keys.map((key, i) => ({ key, value: key, partition: i % 2 }));
      await producer.send({ topic: input, messages });
    };
    stop = await runStages(context, {
      group: groupId.slice(prefix.length),
      stages: { windows: bind({ stage: passOn, decoder }) },
    });
    const written = async () => (await fixture.keys('alerts')).length === wanted.length;
    await send(10);
    await until('the first records', written);

    let hangs = 0;
    const letGo: (() => void)[] = [];
    let hanging = true;
    restore = intercept(async (request, answer) => {
      if (!hanging || request.apiName !== 'TxnOffsetCommit') return await answer();
      hangs += 1;
      return await new Promise((_, reject) =>
        letGo.push(() => reject(new Error('the connection was closed'))),
      );
    });
    await send(10);
    await until('the commit to hang', () => hangs > 0);
    const began = performance.now();
    const member = await joinGroup(fixture.kafka, fixture.context(), {
      ...{ groupId, topics: [input], assigned: () => {} },
    });
    const took = performance.now() - began;
    assert.ok(took > FLUSH_MS - 1_000 && took < FLUSH_MS + 5_000, `${took} ms`);
    hanging = false;
    for (const reject of letGo) reject();
    await member.leave();
    await send(10);
    await until('all records', written);
    assert.deepEqual(await fixture.keys('alerts'), wanted.toSorted());
    await producer.disconnect();
  });
});
