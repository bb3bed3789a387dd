import type { Kafka } from 'kafkajs';
import { pino } from 'pino';
import { openCluster } from '../../shared/adapters/kafka/internals.js';
import { askAll, Brokers } from '../../shared/adapters/kafka/produce/brokers.js';
import { transactionVersion } from '../../shared/adapters/kafka/produce/transaction-version.js';
import { requireSuccess } from '../../shared/adapters/kafka/protocol/answers.js';
import { FlexibleWriter } from '../../shared/adapters/kafka/protocol/flexible.js';
import { flexibleRequests, type PartsRequest } from '../../shared/adapters/kafka/protocol/requests.js';
import type { TransactionVersion } from '../../shared/adapters/kafka/protocol/transaction-requests.js';
import { until } from './until.js';

const UPGRADE = 1;
const SAFE_DOWNGRADE = 2;
const TIMEOUT_MS = 10_000;

/** UpdateFeatures version 1 (KIP-584): what `kafka-features.sh upgrade|downgrade --feature transaction.version` asks for. */
function updateFeature(level: number, change: number): PartsRequest<void> {
  const body = new FlexibleWriter().int32(TIMEOUT_MS);
  body.compactArray([level], () => {
    body.compactString('transaction.version').int16(level).int8(change).noTags();
  });
  return flexibleRequests(TIMEOUT_MS)('UpdateFeatures', 57, 1, body.boolean(false).noTags(), (reader) => {
    reader.int32();
    const code = reader.int16();
    requireSuccess(code, `changing transaction.version to ${level}: ${reader.compactString()}`);
  });
}

/** Sets which version of transactions a cluster supports, and waits until its brokers say so. */
export async function finalizeTransactionVersion(kafka: Kafka, version: TransactionVersion): Promise<void> {
  const brokers = new Brokers(openCluster(kafka), pino({ level: 'silent' }));
  await brokers.connect();
  try {
    const change = version === 2 ? UPGRADE : SAFE_DOWNGRADE;
    const answers = await askAll(brokers, () => updateFeature(version, change), TIMEOUT_MS);
    if (answers.length === 0) throw new Error(`no broker has changed transaction.version to ${version}`);
    await until(
      `transaction.version ${version}`,
      async () => (await transactionVersion(brokers)) === version,
    );
  } finally {
    await brokers.cluster.disconnect();
  }
}
