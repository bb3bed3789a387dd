import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import '../../../shared/adapters/kafka/request-queue.js';
import type { ServerSpec } from './child-server.js';

const run = promisify(execFile);

/** Kafka in KRaft mode: one process that is broker and controller, on the loopback address only. */
export function kafkaServer(options: {
  dataDir: string;
  /** Folder with Kafka's jars. */
  jars: () => Promise<string>;
  port: number;
  controllerPort: number;
}): ServerSpec {
  const { dataDir, jars, port, controllerPort } = options;
  const folder = join(dataDir, 'kafka');
  const properties = join(dataDir, 'kafka.properties');
  return {
    name: 'kafka',
    port,
    command: async () => {
      const classPath = join(await jars(), '*');
      mkdirSync(folder, { recursive: true });
      writeFileSync(properties, serverProperties(folder, port, controllerPort));
      // The cluster id is made once, and so is the format of the folder.
      if (!existsSync(join(folder, 'meta.properties')))
        await run('java', [
          ...['-XX:TieredStopAtLevel=1', '-cp', classPath],
          ...['kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', properties],
        ]);
      return {
        file: 'java',
        args: [
          '-Xms256m',
          '-Xmx512m',
          // As Kafka's own start script has it: with the JVM's defaults every collection stops it for some 30 ms.
          ...['-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:InitiatingHeapOccupancyPercent=35'],
          '-XX:+ExitOnOutOfMemoryError',
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
        brokers: [`127.0.0.1:${port}`],
        logLevel: logLevel.NOTHING,
        connectionTimeout: 1_000,
        requestTimeout: 2_000,
        retry: { retries: 0 },
      }).admin();
      try {
        await admin.connect();
        const { brokers } = await admin.describeCluster();
        if (brokers.length === 0) throw new Error('no broker is registered yet');
      } finally {
        await admin.disconnect();
      }
    },
  };
}

/** Sized for one machine: internal topics with few partitions, no waiting for further members. */
function serverProperties(folder: string, port: number, controllerPort: number): string {
  const values: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': folder,
    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
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
