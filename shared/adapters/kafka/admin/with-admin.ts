import type { Admin } from 'kafkajs';
import type { TactusError } from '../../../core/errors.js';
import type { CommandContext } from '../../../process/context.js';
import { untilItWorks } from '../../../process/wait.js';
import { createKafka, kafkaError } from '../client.js';

/**
 * Runs `work` on a connected admin client and retries until it succeeds.
 *
 * @param doing as of {@link kafkaError}
 * @param classify gives errors that are particular to the work; null leaves them to {@link kafkaError}
 */
export async function withAdmin<T>(
  { config, log, health, stopping: signal }: CommandContext,
  doing: string,
  work: (admin: Admin) => Promise<T>,
  classify: (error: unknown) => TactusError | null = () => null,
): Promise<T> {
  const kafka = createKafka({ config, log });
  return await untilItWorks(
    async () => {
      const admin = kafka.admin();
      try {
        await admin.connect();
        return await work(admin);
      } catch (error) {
        throw classify(error) ?? kafkaError(error, doing);
      } finally {
        await admin.disconnect();
      }
    },
    { what: 'Kafka', signal, log, health },
  );
}
