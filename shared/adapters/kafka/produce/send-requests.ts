import type { Message, TopicMessages } from 'kafkajs';
import type { ProducedRecord } from '../../../ports/log.js';

/** kafkajs makes one record batch per partition of a request; this keeps it below 1 MiB. */
const MAX_REQUEST_BYTES = 786_432;

/**
 * Output records as requests for kafkajs's `sendBatch`: one list per physical topic, in order. A request
 * holds at most {@link MAX_REQUEST_BYTES}, or a single record.
 */
export function sendRequests(records: readonly ProducedRecord[], prefix: string): TopicMessages[][] {
  const all: TopicMessages[][] = [];
  let byTopic = new Map<string, Message[]>();
  let bytes = 0;
  const flush = () => {
    if (byTopic.size > 0) all.push([...byTopic].map(([topic, messages]) => ({ topic, messages })));
    byTopic = new Map();
    bytes = 0;
  };
  for (const record of records) {
    const valueBytes = record.value?.length ?? 0;
    if (bytes > 0 && bytes + valueBytes > MAX_REQUEST_BYTES) flush();
    bytes += valueBytes;
    const topic = prefix + record.topic;
    let messages = byTopic.get(topic);
    if (messages === undefined) {
      messages = [];
      byTopic.set(topic, messages);
    }
    const message: Message = { key: record.key, value: record.value };
    if (record.headers !== undefined) message.headers = { ...record.headers };
    messages.push(message);
  }
  flush();
  return all;
}
