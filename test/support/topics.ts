import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { until } from './until.js';

/**
 * Creates a topic and waits until the broker hosts it. kafkajs's own waiting fails when the broker
 * has not heard yet of what its controller has made.
 */
export async function createTopic(admin: Admin, topic: ITopicConfig): Promise<void> {
  await admin.createTopics({ topics: [topic], waitForLeaders: false });
  await until(`a leader of ${topic.topic}`, async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic.topic] });
    const partitions = topics[0]?.partitions ?? [];
    if (partitions.length === 0 || partitions.some(({ leader }) => leader < 0)) return false;
    // Metadata names who shall lead; only the leader itself answers for its offsets.
    return (await admin.fetchTopicOffsets(topic.topic)).length === partitions.length;
  });
}

/** Sets how large a record set may be that a topic takes; resolves when the broker knows. */
export async function limitTopic(admin: Admin, topic: string, bytes: number): Promise<void> {
  const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }];
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries };
  await admin.alterConfigs({ validateOnly: false, resources: [resource] });
  const asked = { type: resource.type, name: topic, configNames: ['max.message.bytes'] };
  await until('the limit to be in effect', async () => {
    const { resources } = await admin.describeConfigs({ resources: [asked], includeSynonyms: false });
    return resources[0]?.configEntries[0]?.configValue === String(bytes);
  });
}
