import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { createKafka } from '../../../shared/adapters/kafka/client.js';
import { workerTransactions } from '../../../shared/adapters/kafka/produce/worker-transactions.js';
import { loadConfig } from '../../../shared/config/load.js';
import { KnownPositions } from '../../../shared/runners/known-positions.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { NO_MEMBER } from '../adapters/kafka/produce/transactions-fixture.js';
import { type Reading, startReading } from '../adapters/kafka/reading.js';

const PARTITIONS = [0, 1, 2, 3];

describe('a group whose committed offsets are lost', { timeout: 240_000 }, () => {
  const env = {
    ...{ ...sharedServers(), TACTUS_PARTITIONS: String(PARTITIONS.length) },
    // Soon no old record is needed.
    TACTUS_DEDUP_WINDOW_MS: '1000',
  };
  const client = new PlainClient(env, ownPrefix('lost'));
  const [groupId, topic] = [`${client.prefix}ingest`, `${client.prefix}ingest.metrics`];
  let reading: Reading;
  let worker: WorkerProcess | null = null;
  let sent = 0;

  before(async () => {
    reading = await startReading(env);
  });
  after(async () => {
    worker?.kill('SIGKILL');
    await reading.close();
  });

  const start = () => {
    worker = new WorkerProcess('ingest', { ...env, TOPIC_PREFIX: client.prefix });
    return worker;
  };
  const send = async (count: number) => {
    const encode = await client.encoder('ingest.metrics');
    const messages = Array.from({ length: count }, (_, i) => ({
      ...{ key: 'k', partition: i % PARTITIONS.length },
      value: encode(pointOf({ timestamp: Date.now(), id: String(sent++) })),
    }));
    await client.produce('ingest.metrics', messages);
  };
  /** As a coordinator says it that has not loaded all of its log: what was committed some time ago. */
  const commitAgain = async (offset: number) => {
    const context = {
      config: loadConfig({ ...env, TOPIC_PREFIX: client.prefix }),
      log: pino({ level: 'silent' }),
    };
    const transactions = workerTransactions(context, { kafka: createKafka(context), groupId });
    await transactions.open();
    const checkpoint = { offset, metadata: JSON.stringify({ v: 1, next: offset }) };
    const contents = PARTITIONS.map((partition) => ({
      ...{ topic, partition, checkpoint, outputs: [], changes: [] },
    }));
    const { outcome } = await transactions.commit({ contents, membership: NO_MEMBER, notes: new Map() });
    assert.equal(outcome, 'committed');
    await transactions.close();
  };
  /** Starts the worker, which must not begin. */
  const refused = async (says: RegExp) => {
    const waiting = start();
    await until('all partitions to be refused', () => {
      const lines = waiting.output.split('\n').filter((line) => says.test(line));
      return PARTITIONS.every((partition) => lines.some((line) => line.includes(`metrics[${partition}]`)));
    });
    assert.equal(await waiting.isReady(), false);
    assert.equal(await waiting.metric('tactus_records_received_total'), 0);
    assert.equal(await waiting.stop(), 0);
    return waiting.output;
  };

  it('processes nothing once more before somebody decides where to go on', async () => {
    const first = await start().ready();
    const metrics = await client.follow<PlainPoint>('metrics');
    await send(100);
    await metrics.wait(sent);
    const known = new KnownPositions(
      reading.reader,
      `${client.prefix}state.progress`,
      'ingest',
      new AbortController().signal,
      pino({ level: 'silent' }),
    );
    const said = () =>
      PARTITIONS.map((partition) => {
        const one = known.of('ingest.metrics', partition);
        return one === 'unknown' ? null : one;
      });
    await until('the worker to have said that it needs no old record', async () => {
      await send(PARTITIONS.length);
      await known.learn();
      return said().every((one) => (one?.offset ?? 0) > 0);
    });
    await until('the worker to have said that all is done', async () => {
      await known.learn();
      return said().every((one) => one?.next === sent / PARTITIONS.length);
    });
    assert.equal(await first.stop(), 0);
    await commitAgain(0);
    await refused(/TACTUS_OFFSET_LOST.* has the committed offset 0 of /);

    await reading.admin.deleteGroups([groupId]);
    const output = await refused(/TACTUS_OFFSET_LOST.* has no committed offset of /);
    const partitions = PARTITIONS.map((partition) => {
      const [, offset] =
        new RegExp(`:${partition} --reset-offsets --execute --to-offset (\\d+)`).exec(output) ?? [];
      return { partition, offset: offset ?? 'none' };
    });
    assert.deepEqual(
      partitions.map(({ offset }) => Number(offset)),
      said().map((one) => one?.next),
    );
    await reading.admin.setOffsets({ groupId, topic, partitions });
    await start().ready();
    await send(8);
    await metrics.wait(sent);
    assert.deepEqual([new Set(metrics.values.map(({ id }) => id)).size, metrics.values.length], [sent, sent]);
    await metrics.close();
  });
});
