import { createRequire } from 'node:module';
import type { InternalBroker } from './internals.js';
import { type ClusterMetadata, metadataRequest, newest } from './protocol/metadata.js';
import { sendParts } from './send-parts.js';

/*
 * Imported for its effect on all clients of kafkajs 2.2.4, which takes a Metadata response for failed if anything is
 * wrong with any partition: one without a leader would keep it from ever learning again who leads the others. Here
 * what is wrong with a partition or a topic is left with that one. Who asks for a topic by name still learns that
 * there is none, as kafkajs's callers expect.
 */

const require = createRequire(import.meta.url);

/** A broker that is silent for longer is left, for another to be asked. */
const SILENT_MS = 5_000;

interface BrokerPool {
  metadata: ClusterMetadata | null;
  refreshMetadata(topics: string[]): Promise<unknown>;
}

interface Cluster {
  readonly brokerPool: BrokerPool;
  targetTopics: Set<string>;
  metadata(request?: { topics?: string[] }): Promise<ClusterMetadata>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
}

interface MetadataBroker extends InternalBroker {
  metadata(topics?: string[]): Promise<ClusterMetadata>;
}

const brokerClass = require('kafkajs/src/broker/index.js') as { prototype: MetadataBroker };
const poolClass = require('kafkajs/src/cluster/brokerPool.js') as { prototype: BrokerPool };
const clusterClass = require('kafkajs/src/cluster/index.js') as { prototype: Cluster };
const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error;
};

brokerClass.prototype.metadata = async function metadata(topics = []) {
  try {
    return await sendParts(this, metadataRequest(topics.length === 0 ? null : topics), SILENT_MS);
  } catch (error) {
    // As kafkajs does with a connection that was closed: the next use opens another.
    if ((error as Error).name === 'KafkaJSConnectionClosedError') await this.disconnect();
    throw error;
  }
};

const refreshPool = poolClass.prototype.refreshMetadata;
poolClass.prototype.refreshMetadata = async function refreshMetadata(topics) {
  const before = this.metadata;
  const done = await refreshPool.call(this, topics);
  if (this.metadata !== null) this.metadata = newest(before, this.metadata);
  return done;
};

const ask = clusterClass.prototype.metadata;
clusterClass.prototype.metadata = async function metadata(request = {}) {
  const found = await ask.call(this, request);
  const { topics = [] } = request;
  if (topics.length > 0) failUnlessThere(found, topics);
  return found;
};

const addTopics = clusterClass.prototype.addMultipleTargetTopics;
clusterClass.prototype.addMultipleTargetTopics = async function addMultipleTargetTopics(topics) {
  const added = topics.filter((topic) => !this.targetTopics.has(topic));
  await addTopics.call(this, topics);
  if (added.length === 0 || this.brokerPool.metadata === null) return;
  try {
    failUnlessThere(this.brokerPool.metadata, added);
  } catch (error) {
    // To be asked about anew.
    for (const topic of added) this.targetTopics.delete(topic);
    throw error;
  }
};

function failUnlessThere({ topicMetadata }: ClusterMetadata, topics: readonly string[]): void {
  for (const { topic, topicErrorCode } of topicMetadata)
    if (topicErrorCode !== 0 && topics.includes(topic)) throw createErrorFromCode(topicErrorCode);
}
