import { keySecret } from '../../shared/config/key-secret.js';
import { openAuditTrail } from '../../shared/runners/audit-trail.js';
import { followKeys } from '../../shared/runners/follow-keys.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import { startGateway } from './gateway.js';

/** `gateway`: takes in over HTTP what people already send, and answers when Kafka has it. */
export const start: StartWorker = async (context) => {
  // A fault of the configuration ends the process at once, also where no server answers.
  keySecret(context.config);
  const audit = await openAuditTrail(context);
  const { keys, stop } = await followKeys(context, audit);
  const gateway = await startGateway(context, keys);
  return async () => {
    await gateway.stop();
    await stop();
    await audit.close();
  };
};
