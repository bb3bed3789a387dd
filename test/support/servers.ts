/** The addresses of the four servers, as environment for workers, and what suits servers that all tests share. */
export interface Servers {
  readonly KAFKA_BROKERS: string;
  readonly SCHEMA_REGISTRY_URL: string;
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
  /** Each test has its own topics, all on one small broker. */
  readonly TACTUS_PARTITIONS: string;
}

/** Enough for what is about partitions. */
export const PARTITIONS = { TACTUS_PARTITIONS: '4' } as const;

/** The stack that `npm test` has started for the whole run. */
export function sharedServers(): Servers {
  const take = (name: keyof Servers): string => {
    const value = process.env[name];
    if (value === undefined)
      throw new Error(
        `${name} is not set: run \`npm test\`, or set it from .tactus/env of \`tactus up --infra-only\``,
      );
    return value;
  };
  return {
    KAFKA_BROKERS: take('KAFKA_BROKERS'),
    SCHEMA_REGISTRY_URL: take('SCHEMA_REGISTRY_URL'),
    DATABASE_URL: take('DATABASE_URL'),
    REDIS_URL: take('REDIS_URL'),
    ...PARTITIONS,
  };
}
