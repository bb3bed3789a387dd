import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { Partitioners } from 'kafkajs';
import { fetchParts } from '../../services/up/embedded/parts.js';
import type { StackEnv } from '../../services/up/embedded/stack.js';
import { ownPrefix } from '../support/own-prefix.js';
import type { PlainClient } from '../support/plain-client.js';

/** A record as a stranger's read_committed reader sees it. */
export interface TopicRecord<T> {
  readonly partition: number;
  readonly offset: number;
  /** When the broker took it in. */
  readonly appendedAt: number;
  readonly key: string;
  readonly headers: readonly { readonly key: string; readonly value: Buffer }[];
  readonly value: T;
}

/** Without a record; longer than the broker lets the transaction of a dead owner stand open. */
const SILENT_MS = 120_000;
const END = 'end-of-the-test.';

/**
 * Reads a topic to its end under read_committed, in order per partition, and hands on each record
 * with its Avro value decoded.
 */
export async function readTopic<T>(
  client: PlainClient,
  env: StackEnv,
  topic: string,
  each: (record: TopicRecord<T>) => void,
): Promise<void> {
  const registry = new SchemaRegistry({ host: env.SCHEMA_REGISTRY_URL });
  for await (const { value: bytes, ...place } of readBytes(client, env, topic)) {
    each({ ...place, value: (await registry.decode(bytes)) as T });
  }
}

/**
 * Reads a topic to its end under read_committed, in order per partition; values are the bytes in
 * the log, those of a record without one the text `null`.
 *
 * The reader is Kafka's own console consumer, the measure of what is committed: kafkajs 2.2.4
 * shows aborted records when several aborted transactions come in one answer, because it takes
 * their list for sorted by first offset.
 *
 * Where the end is says a record that this writes into each partition: it is seen when every
 * transaction before it has been decided.
 */
export async function* readBytes(
  client: PlainClient,
  env: StackEnv,
  topic: string,
): AsyncGenerator<TopicRecord<Buffer>> {
  const [mark, open] = await markEnd(client, topic);
  const separators = { record: ownPrefix('next'), field: ownPrefix('field'), header: ownPrefix('header') };
  const separator = separators.record;
  const child = spawn('java', await consoleConsumer(env, client.prefix + topic, separators), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-2_000);
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), SILENT_MS);
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of child.stdout) {
      timer.refresh();
      rest = Buffer.concat([rest, chunk as Buffer]);
      let from = 0;
      for (let to = rest.indexOf(separator); to >= 0; to = rest.indexOf(separator, from)) {
        const record = parseRecord(rest.subarray(from, to), separators);
        from = to + separator.length;
        if (record.key === mark) open.delete(record.partition);
        if (!record.key.startsWith(END)) yield record;
      }
      rest = rest.subarray(from);
      if (open.size === 0) break;
    }
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    await ended;
  }
  if (open.size > 0) throw new Error(`${topic} was not readable to its end: ${complaints}`);
}

/** What the JVM has to say, as of a shared archive that it cannot use, would stand before the first record. */
const WARNINGS_APART = ['-Xlog:disable', '-Xlog:all=warning:stderr'];

/** Texts that stand between the parts of the console consumer's output, and nowhere in them. */
interface Separators {
  readonly record: string;
  readonly field: string;
  readonly header: string;
}

async function consoleConsumer(env: StackEnv, topic: string, separators: Separators): Promise<string[]> {
  const { kafka } = await fetchParts(() => {});
  const shown = ['timestamp', 'partition', 'offset', 'headers', 'key'].map((part) => `print.${part}=true`);
  const between = [
    `line.separator=${separators.record}`,
    `key.separator=${separators.field}`,
    `headers.separator=${separators.header}`,
  ];
  return [
    ...WARNINGS_APART,
    ...['-cp', join(kafka, '*'), 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
    ...['--bootstrap-server', env.KAFKA_BROKERS, '--topic', topic, '--from-beginning'],
    ...['--isolation-level', 'read_committed'],
    ...[...shown, ...between].flatMap((property) => ['--property', property]),
  ];
}

/** `LogAppendTime:1`, `Partition:2`, `Offset:3`, headers, key and value, with separators between them. */
function parseRecord(line: Buffer, separators: Separators): TopicRecord<Buffer> {
  const [appendedAt, partition, offset, headers, key, value] = split(line, separators.field);
  if (value === undefined)
    throw new Error(`the console consumer wrote ${JSON.stringify(line.toString('utf8'))}`);
  const [at, number, place] = [appendedAt, partition, offset].map((field) =>
    Number(field?.subarray(field.indexOf(':') + 1).toString()),
  ) as [number, number, number];
  return {
    appendedAt: at,
    partition: number,
    offset: place,
    key: key?.toString('utf8') as string,
    headers: parseHeaders(headers as Buffer, separators.header),
    value,
  };
}

/** `name:value` each, or `NO_HEADERS`. */
function parseHeaders(field: Buffer, separator: string): TopicRecord<Buffer>['headers'] {
  return split(field, separator).flatMap((header) => {
    const colon = header.indexOf(':');
    return colon < 0
      ? []
      : [{ key: header.toString('utf8', 0, colon), value: Buffer.from(header.subarray(colon + 1)) }];
  });
}

function split(bytes: Buffer, separator: string): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let to = bytes.indexOf(separator); to >= 0; to = bytes.indexOf(separator, from)) {
    parts.push(bytes.subarray(from, to));
    from = to + separator.length;
  }
  parts.push(bytes.subarray(from));
  return parts;
}

/** Writes a record with a key of its own into each partition. */
async function markEnd(client: PlainClient, topic: string): Promise<[string, Set<number>]> {
  const partitions = await partitionsOf(client, topic);
  const key = ownPrefix(END);
  const producer = client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = partitions.map((partition) => ({ key, value: null, partition }));
  await producer.send({ topic: client.prefix + topic, messages });
  await producer.disconnect();
  return [key, new Set(partitions)];
}

/** Numbers of the topic's partitions. */
export async function partitionsOf(client: PlainClient, topic: string): Promise<number[]> {
  const admin = client.kafka.admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [client.prefix + topic] });
    return (topics[0]?.partitions ?? []).map(({ partitionId }) => partitionId);
  } finally {
    await admin.disconnect();
  }
}
