import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HERE } from '../../services/up/embedded/place.js';
import { IDLE_TIMEOUT_MS, windowsFile } from '../integrity/definitions.js';
import type { Site } from '../integrity/site.js';
import { HttpReceiver } from '../services/alerting/notify/receivers.js';
import { gatewayKeys, KEYS_SECRET } from '../support/gateway-keys.js';
import { eachAtOnce } from '../support/notified.js';
import type { Network } from './network/network.js';
import { WORKER_NAMES, WORKERS } from './plan.js';
import { PROBE_TENANT, THRESHOLD } from './traffic.js';
import { RULES } from './watch.js';
import { Worker } from './workers.js';

const TENANTS = ['acme', 'bolt', 'cara', 'dune'];
/** Longer than anything is away: nothing is late because ingest stood still. */
const HOLD_MS = 600_000;

/** The workers of the whole path, with what they are configured by, and who is notified in the end. */
export interface Pipeline {
  readonly workers: readonly Worker[];
  readonly receiver: HttpReceiver;
  readonly keys: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string>>;
}

/** Names of all workers: of each kind from 1 on. */
export function workerNames(): string[] {
  return WORKER_NAMES.flatMap((kind) => Array.from({ length: WORKERS[kind] }, (_, i) => `${kind}-${i + 1}`));
}

/** Makes topics, schemas and keys, and starts everything. */
export async function startPipeline(site: Site, network: Network | null): Promise<Pipeline> {
  const { client, folder } = site;
  const receiver = await HttpReceiver.start(network?.host ?? HERE.host);
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const env: Record<string, string> = {
    ...site.env(client.prefix),
    ...KEYS_SECRET,
    WINDOWS_FILE: file('windows.yaml', windowsFile()),
    RULES_FILE: file('rules.yaml', rulesText()),
    TACTUS_ANOMALY_FILE: file(
      'detection.yaml',
      `detection: [{ metrics: probe.*, window: half, field: max, above: ${THRESHOLD} }]\n`,
    ),
    TACTUS_NOTIFICATIONS_FILE: file('notifications.yaml', eachAtOnce(receiver.url)),
    TACTUS_ALERT_ALLOWED_NETWORKS: '127.0.0.0/8,10.77.0.0/24',
    TACTUS_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
    TACTUS_WATERMARK_HOLD_MS: String(HOLD_MS),
    TACTUS_REFRESH_INTERVAL_MS: '2000',
    TACTUS_QUOTA_INSTANCES: String(WORKERS.gateway),
    // Nobody comes near it, but everybody is counted in Redis.
    TACTUS_QUOTA_POINTS_PER_SECOND: '1000000',
  };
  const keys = await gatewayKeys(env, TENANTS);
  const workers = workerNames().map((name) => {
    const kind = WORKER_NAMES.find((each) => name.startsWith(each)) ?? 'gateway';
    return new Worker(kind, name, env, network?.place(name) ?? HERE);
  });
  for (const worker of workers) worker.start();
  return { workers, receiver, keys, env };
}

function rulesText(): string {
  return `rules:
  - { name: ${RULES.window}, window: half, metric: probe.*, tenant: ${PROBE_TENANT}, expr: max > ${THRESHOLD}.0, staleAfter: 7d }
  - { name: ${RULES.anomaly}, on: anomaly, metric: probe.*, expr: anomaly.value > ${THRESHOLD}.0, staleAfter: 2s }
`;
}
