import type { Message, TopicMessages } from 'kafkajs';
import type { OutputRecord } from '../../../core/output-batch.js';

/** kafkajs makes one record batch per partition of a request; this keeps it below 1 MiB. */
const MAX_REQUEST_BYTES = 786_432;

/**
 * Output records as requests for kafkajs's `sendBatch`: one list per physical topic, in order. A request
 * holds at most {@link MAX_REQUEST_BYTES}, or a single record.
 */
export function sendRequests(records: readonly OutputRecord[], prefix: string): TopicMessages[][] {
  const all: TopicMessages[][] = [];
  let byTopic = new Map<string, Message[]>();
  let bytes = 0;
  const flush = () => {
    if (byTopic.size > 0) all.push([...byTopic].map(([topic, messages]) => ({ topic, messages })));
    byTopic = new Map();
    bytes = 0;
  };
  for (const record of records) {
    if (bytes > 0 && bytes + record.value.length > MAX_REQUEST_BYTES) flush();
    bytes += record.value.length;
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
