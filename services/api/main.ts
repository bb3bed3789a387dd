import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { keySecret } from '../../shared/config/key-secret.js';
import { openAuditTrail } from '../../shared/runners/audit-trail.js';
import { followKeys } from '../../shared/runners/follow-keys.js';
import { followedProfiles } from '../../shared/runners/follow-tenants.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import { startApi } from './api.js';
import { checkPeopleConfig } from './people/people.js';
import { followedRules } from './rules/file-rules.js';

/** `api`: answers questions about points, windows, anomalies and alerts over HTTP. */
export const start: StartWorker = async (context) => {
  // A fault of the configuration ends the process at once, also where no server answers.
  keySecret(context.config);
  checkPeopleConfig(context.config);
  const fileRules = followedRules(context.config.alerting.rulesFile, context.log);
  const profiles = followedProfiles(context);
  await ensureTopics(context);
  const audit = await openAuditTrail(context);
  const { keys, stop } = await followKeys(context, audit);
  const api = await startApi(context, { keys, audit, fileRules, profiles });
  void fileRules.follow(context.stopping);
  return async () => {
    await api.stop();
    await stop();
    await audit.close();
  };
};
