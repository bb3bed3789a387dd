import { type Admin, Kafka, logLevel } from 'kafkajs';
import { pino } from 'pino';
import { createKafka } from '../../../../shared/adapters/kafka/client.js';
import { LogReader } from '../../../../shared/adapters/kafka/consume/log-reader.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { Health } from '../../../../shared/process/health.js';
import type { Servers } from '../../../support/servers.js';

/** Addresses of servers, of which Kafka's is used. */
export type KafkaServers = Omit<Servers, 'TACTUS_PARTITIONS'>;

/** A log reader, with kafkajs beside it to make topics and records. */
export interface Reading {
  readonly plain: Kafka;
  readonly admin: Admin;
  readonly reader: LogReader;
  readonly log: pino.Logger;
  close(): Promise<void>;
}

export async function startReading(servers: KafkaServers): Promise<Reading> {
  const plain = new Kafka({ brokers: servers.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING });
  const log = pino({ level: 'silent' });
  const context = { config: loadConfig({ ...servers }), log, health: new Health() };
  const admin = plain.admin();
  await admin.connect();
  const reader = new LogReader(createKafka(context), context);
  await reader.connect();
  const close = async () => {
    await reader.close();
    await admin.disconnect();
  };
  return { plain, admin, reader, log, close };
}
