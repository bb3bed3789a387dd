import type { Writable } from 'node:stream';
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

/** One connection to a broker; its fields are set anew when it connects again. */
export interface InternalConnection {
  send<T>(protocol: RawProtocol<T>): Promise<T>;
  readonly clientId: string;
  readonly socket: Writable;
  authenticate(): Promise<void>;
  failIfNotConnected(): void;
  nextCorrelationId(): number;
  /** Not null while SASL's hand-shake is under way. */
  readonly authHandlers: object | null;
  readonly requestQueue: {
    /** `sendRequest` is called when it is the request's turn; `resolve` gets its answer, `reject` why there is none. */
    push(request: {
      entry: {
        apiKey: number;
        apiName: string;
        apiVersion: number;
        correlationId: number;
        resolve(answer: { payload: Buffer }): void;
        reject(error: Error): void;
      };
      expectResponse: boolean;
      requestTimeout: number;
      sendRequest(): void;
    }): void;
    fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void;
  };
  /** Gets each chunk that the socket reads. */
  processData(chunk: Buffer): void;
  rejectRequests(error: Error): void;
  disconnect(): Promise<unknown>;
}

export interface InternalBroker {
  connectionPool: {
    getConnection(index: number): Promise<InternalConnection>;
  };
  disconnect(): Promise<void>;
  initProducerId(request: { transactionalId: string; transactionTimeout: number }): Promise<{
    producerId: string;
    producerEpoch: number;
  }>;
  addPartitionsToTxn(
    request: TransactionIdentity & { topics: { topic: string; partitions: number[] }[] },
  ): Promise<unknown>;
  addOffsetsToTxn(request: TransactionIdentity & { groupId: string }): Promise<unknown>;
  txnOffsetCommit(
    request: TransactionIdentity & {
      groupId: string;
      topics: { topic: string; partitions: { partition: number; offset: string; metadata: string }[] }[];
    },
  ): Promise<unknown>;
  endTxn(request: TransactionIdentity & { transactionResult: boolean }): Promise<unknown>;
}

/** Who a request of a transaction comes from; the broker refuses an older epoch. */
export interface TransactionIdentity {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
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
  /** Type 0 finds the coordinator of a group, 1 that of a transactional id. */
  findGroupCoordinator(what: { groupId: string; coordinatorType: 0 | 1 }): Promise<InternalBroker>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[];
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

/** The log's end is asked for with what is not decided yet: a fetch asks for read_committed itself. */
const READ_UNCOMMITTED = 0;
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
    isolationLevel: READ_UNCOMMITTED,
  });
}
