import type { Config } from '../../../shared/config/load.js';
import type { CommandContext } from '../../../shared/process/context.js';

/** A server that commands need. */
interface Server {
  /** As messages name it. */
  readonly label: string;
  /** The variable that names its address. */
  readonly variable: string;
  /** Which keys of `Health` are about it. */
  readonly healthKey: RegExp;
  /** Where it is, without user, password and path. */
  address(config: Config): string;
  /** Resolves when it answers a real request. */
  probe(context: CommandContext): Promise<void>;
}

export type ServerName = 'kafka' | 'registry' | 'database';

/** The servers that commands may need; clients are loaded when they are. */
export const SERVERS: Readonly<Record<ServerName, Server>> = {
  kafka: {
    label: 'Kafka',
    variable: 'KAFKA_BROKERS',
    healthKey: /kafka/i,
    address: ({ kafka }) => kafka.brokers,
    probe: async (context) => {
      const { createKafka, kafkaError } = await import('../../../shared/adapters/kafka/client.js');
      const admin = createKafka(context).admin();
      try {
        await admin.connect();
      } catch (error) {
        throw kafkaError(error, 'connecting');
      } finally {
        await admin.disconnect();
      }
    },
  },
  registry: {
    label: 'the schema registry',
    variable: 'SCHEMA_REGISTRY_URL',
    healthKey: /registry/i,
    address: ({ registry }) => new URL(registry.url).origin,
    probe: async (context) => {
      const { openRegistry } = await import('../../../shared/adapters/registry/open-registry.js');
      // Any answer of the API will do, also that it knows no such schema.
      await openRegistry(context).schemaById(1);
    },
  },
  database: {
    label: 'the database',
    variable: 'DATABASE_URL',
    healthKey: /database/i,
    address: ({ database }) => new URL(database.url).host,
    probe: async (context) => {
      const { createPool } = await import('../../../shared/adapters/postgres/pool.js');
      const { databaseError } = await import('../../../shared/adapters/postgres/errors.js');
      const pool = createPool({ ...context, name: 'probe' }, { statementTimeoutMs: 10_000 });
      try {
        await pool.query('SELECT 1');
      } catch (error) {
        throw databaseError(error, 'connecting');
      } finally {
        await pool.end();
      }
    },
  },
};
