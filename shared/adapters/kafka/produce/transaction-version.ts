import { type FinalizedFeatures, finalizedFeatures } from '../protocol/api-versions.js';
import type { TransactionVersion } from '../protocol/transaction-requests.js';
import { askAll, type Brokers } from './brokers.js';

const FEATURE = 'transaction.version';
const SILENT_MS = 2_000;

/**
 * The protocol of transactions that the cluster supports: what the broker says that knows of the latest change
 * of its features. A broker that does not answer is passed over; null when none does.
 */
export async function transactionVersion(brokers: Brokers): Promise<TransactionVersion | null> {
  let latest: FinalizedFeatures | null = null;
  for (const answer of await askAll(brokers, finalizedFeatures, SILENT_MS))
    if (answer.epoch > (latest?.epoch ?? -2n)) latest = answer;
  if (latest === null) return null;
  return (latest.levels.get(FEATURE) ?? 0) >= 2 ? 2 : 1;
}
