import type { Producer as KafkaProducer } from 'kafkajs';
import { TactusError } from '../../../core/errors.js';
import type { Producer } from '../../../ports/log.js';
import type { WorkerContext } from '../../../process/context.js';
import { flowTelemetry } from '../../../process/flow-telemetry.js';
import { untilItWorks } from '../../../process/wait.js';
import { createKafka, kafkaError, partitioner } from '../client.js';
import { sendRequests } from './send-requests.js';

/**
 * An idempotent producer outside of transactions (acks from all in-sync replicas).
 *
 * After an error the client is replaced, because kafkajs cannot recover from a lost sequence number; a
 * record whose acknowledgement was lost may thus be written twice. Consumers of such topics are
 * idempotent by key.
 */
export async function startProducer(
  context: Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping'> & {
    readonly metrics?: WorkerContext['metrics'];
  },
): Promise<Producer> {
  const kafka = createKafka(context);
  const prefix = context.config.kafka.topicPrefix;
  const flow = flowTelemetry(context.metrics);
  let producer: KafkaProducer | null = null;

  const connected = async (): Promise<KafkaProducer> => {
    if (producer !== null) return producer;
    const fresh = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: partitioner,
      retry: { initialRetryTime: 20, maxRetryTime: 500, retries: 5 },
    });
    await fresh.connect();
    producer = fresh;
    return fresh;
  };
  const disconnect = async () => {
    const broken = producer;
    producer = null;
    await broken?.disconnect();
  };
  const waiting = {
    what: 'Kafka (producing)',
    signal: context.stopping,
    log: context.log,
    health: context.health,
    retriable: (error: unknown) =>
      error instanceof TactusError && error.retriable && error.code !== 'TACTUS_OUTPUT_REFUSED',
  };

  await untilItWorks(async () => {
    try {
      await connected();
    } catch (error) {
      throw kafkaError(error, 'connecting the producer');
    }
  }, waiting);

  return {
    send: (records) =>
      untilItWorks(async () => {
        if (records.length === 0) return;
        try {
          const client = await connected();
          for (const topicMessages of sendRequests(records, prefix))
            await client.sendBatch({ topicMessages, acks: -1 });
        } catch (error) {
          await disconnect();
          const failure = kafkaError(error, 'producing');
          flow.threw('sending', failure);
          throw failure;
        }
      }, waiting),
    close: disconnect,
  };
}
