import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { sharedServers } from '../../support/servers.js';
import { createTopic } from '../../support/topics.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { type Reading, startReading } from '../adapters/kafka/reading.js';

describe('a changelog with fewer partitions than its input', { timeout: 240_000 }, () => {
  const prefix = ownPrefix('fewer');
  const env = { ...sharedServers(), TOPIC_PREFIX: prefix };
  const complaint = `tactus windowing: ${prefix}state.windowing has 2 partition(s), and must have at least the 4 of ${prefix}metrics, whose changelog it is: stop all instances of this worker, run kafka-topics.sh --alter --topic ${prefix}state.windowing --partitions 4, and start them again`;
  let reading: Reading;
  let worker: WorkerProcess;

  before(async () => {
    reading = await startReading(sharedServers());
  });

  after(async () => {
    worker.kill('SIGKILL');
    await reading.close();
  });

  it('ends a worker at its start, with what to do', async () => {
    await createTopic(reading.admin, { topic: `${prefix}state.windowing`, numPartitions: 2 });
    worker = new WorkerProcess('windowing', env);
    assert.deepEqual(await worker.exited, { code: 78, signal: null });
    assert.ok(worker.output.includes(complaint), worker.output);
  });

  it('does not keep a worker from running once it has as many', async () => {
    await reading.admin.createPartitions({
      topicPartitions: [{ topic: `${prefix}state.windowing`, count: 4 }],
    });
    worker = new WorkerProcess('windowing', env);
    await worker.ready();
    assert.equal(await worker.stop(), 0);
  });
});
