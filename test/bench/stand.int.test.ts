import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { ownPrefix } from '../support/own-prefix.js';
import { sharedServers } from '../support/servers.js';
import { until } from '../support/until.js';
import { forget } from './stand.js';

describe('the stand of the benches', { timeout: 60_000 }, () => {
  const prefix = ownPrefix('stand');
  let admin: Admin;

  before(async () => {
    const { KAFKA_BROKERS } = sharedServers();
    admin = new Kafka({ brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  after(() => admin.disconnect());

  it('lets a worker begin anew: without the offsets of its group, and without what it said of them', async () => {
    const [metrics, progress, groupId] = [
      `${prefix}metrics`,
      `${prefix}state.progress`,
      `${prefix}windowing`,
    ];
    await admin.createTopics({ topics: [{ topic: metrics }, { topic: progress }] });
    await until('the topics', async () => (await admin.fetchTopicOffsets(metrics)).length > 0);
    await until('an offset', async () => {
      await admin.setOffsets({ groupId, topic: metrics, partitions: [{ partition: 0, offset: '0' }] });
      return true;
    });
    for (let times = 0; times < 2; times++) await forget({ admin }, prefix, 'windowing');
    assert.deepEqual(
      (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)),
      [metrics],
    );
    const { groups } = await admin.listGroups();
    assert.ok(!groups.some((group) => group.groupId === groupId));
  });
});
