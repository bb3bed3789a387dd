import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import '../../../shared/adapters/kafka/request-queue.js';
import '../../../shared/adapters/kafka/tolerant-metadata.js';
import { archiveFlags } from './archive-flags.js';
import type { ServerSpec } from './child-server.js';
import type { Place } from './place.js';
import type { BrokerPorts } from './ports.js';

const run = promisify(execFile);

/** One of the brokers, each of which is a controller as well. */
export interface KafkaNode extends BrokerPorts {
  /** From 1. */
  readonly id: number;
  readonly place: Place;
}

/** Settings of Kafka on top of those that suit one machine. */
export type KafkaProperties = Readonly<Record<string, string | number | boolean>>;

/** Kafka in KRaft mode: processes that are broker and controller. */
export function kafkaServers(options: {
  dataDir: string;
  /** Folder with Kafka's jars. */
  jars: () => Promise<string>;
  /** See `class-archives.ts`. */
  archive: string | null;
  nodes: readonly KafkaNode[];
  properties: KafkaProperties;
}): ServerSpec[] {
  // The id of a cluster that is new; data that are kept have theirs.
  const id = clusterId();
  return options.nodes.map((node) => kafkaServer(node, id, options));
}

/** Names of what the servers write into the data folder. */
export function kafkaFiles(brokers: number): string[] {
  return Array.from({ length: brokers }, (_, i) => brokerName(i + 1)).flatMap((name) => [
    name,
    `${name}.properties`,
  ]);
}

/** Of a broker: its name among the servers. */
export function brokerName(id: number): string {
  return id === 1 ? 'kafka' : `kafka-${id}`;
}

function kafkaServer(
  node: KafkaNode,
  cluster: string,
  { dataDir, jars, archive, nodes, properties: more }: Parameters<typeof kafkaServers>[0],
): ServerSpec {
  const { port, place } = node;
  const name = brokerName(node.id);
  const folder = join(dataDir, name);
  const properties = join(dataDir, `${name}.properties`);
  return {
    name,
    place,
    port,
    command: async () => {
      const classPath = join(await jars(), '*');
      mkdirSync(folder, { recursive: true });
      writeFileSync(properties, serverProperties(folder, node, nodes, more));
      // The cluster id is made once, and so is the format of the folder.
      if (!existsSync(join(folder, 'meta.properties')))
        await run('java', [
          ...['-XX:TieredStopAtLevel=1', ...archiveFlags(archive), '-cp', classPath],
          ...['kafka.tools.StorageTool', 'format', '-t', cluster, '-c', properties],
        ]);
      return {
        file: 'java',
        args: [
          // Several share the machine, and are started again all the time.
          ...(nodes.length === 1
            ? ['-Xms256m', '-Xmx512m']
            : ['-Xms128m', '-Xmx256m', '-XX:TieredStopAtLevel=1']),
          // As Kafka's own start script has it: with the JVM's defaults every collection stops it for some 30 ms.
          ...['-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:InitiatingHeapOccupancyPercent=35'],
          '-XX:+ExitOnOutOfMemoryError',
          ...archiveFlags(archive),
          '-Dorg.slf4j.simpleLogger.showDateTime=true',
          '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
          '-Dorg.slf4j.simpleLogger.showThreadName=false',
          '-cp',
          classPath,
          'kafka.Kafka',
          properties,
        ],
      };
    },
    probe: async () => {
      const admin = new Kafka({
        brokers: [`${place.host}:${port}`],
        logLevel: logLevel.NOTHING,
        connectionTimeout: 1_000,
        requestTimeout: 2_000,
        retry: { retries: 0 },
      }).admin();
      try {
        await admin.connect();
        const { brokers } = await admin.describeCluster();
        if (!brokers.some(({ nodeId }) => nodeId === node.id))
          throw new Error('the broker is not registered yet');
      } finally {
        await admin.disconnect();
      }
    },
  };
}

/** Sized for one machine: internal topics with few partitions, no waiting for further members. */
function serverProperties(
  folder: string,
  { id, port, controllerPort, place: { host } }: KafkaNode,
  nodes: readonly KafkaNode[],
  more: KafkaProperties,
): string {
  const copies = Math.min(3, nodes.length);
  const needed = copies === 1 ? 1 : 2;
  const values: KafkaProperties = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': nodes
      .map((each) => `${each.id}@${each.place.host}:${each.controllerPort}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${host}:${port},CONTROLLER://${host}:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${host}:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': folder,
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': needed,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': needed,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': needed,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    ...more,
  };
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** A UUID as Kafka writes it: 22 characters of URL-safe base 64, not starting with a dash. */
function clusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
