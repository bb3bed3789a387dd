import type { Kafka } from 'kafkajs';

/*
 * The parts of kafkajs 2.2.4 that its types hide and that the log reader stands on: the cluster
 * (metadata, leaders, connections with TLS and SASL) and a broker's raw request channel. The
 * version is pinned and frozen upstream; a test reads through these against a real broker.
 */

/** A request with the way its answer is read; `decode` gets the body after the correlation id. */
export interface RawProtocol<T> {
  request: unknown;
  requestTimeout?: number;
  response: { decode(payload: Buffer): T; parse(decoded: T): T };
}

export interface InternalBroker {
  lookupRequest(apiKey: number, definition: unknown): (options: object) => RawProtocol<never>;
  connectionPool: { send<T>(protocol: RawProtocol<T>): Promise<T> };
  disconnect(): Promise<void>;
}

export interface InternalCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<InternalBroker>;
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

const READ_COMMITTED = 1;
const METADATA_MAX_AGE_MS = 60_000;

/** A cluster of its own on the client's settings; the caller connects and disconnects it. */
export function openCluster(kafka: Kafka): InternalCluster {
  const key = Object.getOwnPropertySymbols(kafka).find(
    (symbol) => symbol.description === 'private:Kafka:createCluster',
  );
  if (key === undefined) throw new Error('this version of kafkajs has no cluster factory');
  const create = (kafka as unknown as Record<symbol, (options: object) => InternalCluster>)[key];
  return (create as (options: object) => InternalCluster)({
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    isolationLevel: READ_COMMITTED,
  });
}
