import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../services/up/embedded/ports.js';
import { packageRoot } from '../../../shared/files/package-root.js';
import { gatewayKeys, KEYS_SECRET } from '../../support/gateway-keys.js';
import { FORMAT_NAMES, type FormatName } from '../../support/sent-formats.js';
import type { Bench } from '../stand.js';
import { Child } from '../windowing/child.js';
import { createTopic, PARTITIONS } from '../windowing/dataset.js';
import { startWorker } from '../windowing/tactus.js';

/** Where bodies are sent. */
export interface Target {
  readonly port: number;
  readonly key: string;
}

/** A gateway that runs. */
export interface Running extends Target {
  readonly child: Child;
  /** How many samples it has written so far. */
  readonly written: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export interface Contender {
  readonly formats: readonly FormatName[];
  readonly start: (bench: Bench) => Promise<Running>;
}

const TENANT = 'acme';

/** Everybody, in the order of a round. */
export const CONTENDERS: Readonly<Record<string, Contender>> = {
  tactus: { formats: FORMAT_NAMES, start: tactus },
  plain: { formats: FORMAT_NAMES, start: plain },
  // Debian's version, 2.42, takes version 1.0 only.
  prometheus: { formats: ['remote-write-1'], start: prometheus },
};

/** The gateway as a user starts it: keys, checks, limits. */
async function tactus(bench: Bench): Promise<Running> {
  const prefix = `${bench.nextId()}.`;
  const env = { ...bench.env, TOPIC_PREFIX: prefix, TACTUS_PARTITIONS: String(PARTITIONS) };
  const key = (await gatewayKeys(env, [TENANT])).get(TENANT) as string;
  const { child } = await startWorker(bench, prefix, 'gateway', { ...KEYS_SECRET, HTTP_PORT: '0' });
  const [, port] = await child.line(/"httpPort":(\d+)/);
  const written = () => recordsIn(bench, `${prefix}ingest.metrics`);
  return { child, port: Number(port), key, written, stop: () => child.stop() };
}

async function plain(bench: Bench): Promise<Running> {
  const topic = bench.nextId();
  await createTopic(bench, topic);
  const program = join(packageRoot(), 'dist', 'test', 'bench', 'gateway', 'plain-gateway.js');
  const child = new Child('plain', process.execPath, [program, bench.env.KAFKA_BROKERS, topic]);
  const [, port] = await child.line(/^listening on (\d+)/);
  const written = () => recordsIn(bench, topic);
  return { child, port: Number(port), key: '', written, stop: () => child.stop() };
}

async function prometheus(bench: Bench): Promise<Running> {
  const dir = mkdtempSync(join(bench.dataDir, 'prometheus-'));
  const config = join(dir, 'prometheus.yml');
  writeFileSync(config, 'global: {}\n');
  const port = await freePort();
  const child = new Child('prometheus', 'prometheus', [
    ...[`--config.file=${config}`, `--storage.tsdb.path=${join(dir, 'data')}`],
    ...[`--web.listen-address=127.0.0.1:${port}`, '--web.enable-remote-write-receiver'],
  ]);
  await child.line(/Server is ready to receive web requests/);
  const written = async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const of = /^prometheus_tsdb_head_samples_appended_total(?:\{type="float"\})? (\S+)$/m.exec(text);
    return Number(of?.[1] ?? 0);
  };
  const stop = async () => {
    await child.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { child, port, key: '', written, stop };
}

async function recordsIn({ admin }: Bench, topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
}
