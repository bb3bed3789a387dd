import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import type { StackEnv } from '../../../services/up/embedded/stack.js';
import type { PlainClient } from '../../support/plain-client.js';
import type { Findings } from '../findings.js';
import { readBytes } from '../read-topic.js';
import type { Stream } from './streams.js';

const OUTPUTS = ['metrics', 'events'] as const;

interface Item {
  /** Of a point. */
  readonly value?: number;
  /** Of an event; each is an object with the branch of its union as key. */
  readonly attributes?: { readonly number: Readonly<Record<string, number>> };
}

/**
 * Compares `metrics` and `events` with what was acknowledged: each item is there once, and none twice.
 *
 * @returns a table
 */
export async function verify(
  client: PlainClient,
  env: StackEnv,
  streams: readonly Stream[],
  findings: Findings,
): Promise<string[]> {
  const registry = new SchemaRegistry({ host: env.SCHEMA_REGISTRY_URL });
  /** By stream, how often each of its items was found. */
  const times = new Map(streams.map((stream) => [stream, new Uint16Array(stream.sent)]));
  let ofOthers = 0;
  for (const topic of OUTPUTS) {
    const byKey = new Map(streams.filter(({ way }) => way.topic === topic).map((one) => [one.key, one]));
    const tenants = new Set(streams.map(({ tenant }) => tenant));
    for await (const { key, partition, offset, value } of readBytes(client, env, topic)) {
      const stream = byKey.get(key);
      if (stream === undefined) {
        if (tenants.has(key.split('|')[0] as string))
          findings.add(`${topic} foreign`, `${key}: ${topic}[${partition}] at ${offset}`);
        else ofOthers += 1;
        continue;
      }
      const item = (await registry.decode(value)) as Item;
      const number = item.value ?? Number(Object.values(item.attributes?.number ?? {})[0]);
      const found = times.get(stream) as Uint16Array;
      if (!(number < stream.sent)) findings.add(`${topic} foreign`, `${key}: number ${number}`);
      else found[number] = (found[number] as number) + 1;
    }
  }
  const lines = ['format            acknowledged      found   duplicated    missing'];
  for (const [format, group] of Map.groupBy(streams, (stream) => stream.format)) {
    const count = { acknowledged: 0, found: 0, duplicated: 0, missing: 0 };
    for (const stream of group)
      for (const [number, often] of (times.get(stream) as Uint16Array).entries()) {
        const acknowledged = stream.wasAcknowledged(number);
        if (acknowledged) count.acknowledged += 1;
        if (often > 0) count.found += 1;
        if (often > 1) {
          count.duplicated += 1;
          findings.add(`${format} duplicated`, `${stream.key}: number ${number}, ${often} times`);
        }
        if (acknowledged && often === 0) {
          count.missing += 1;
          findings.add(`${format} missing`, `${stream.key}: number ${number} of ${stream.sent}`);
        }
      }
    const cells = [count.acknowledged, count.found, count.duplicated, count.missing];
    lines.push(
      `${format.padEnd(16)}${cells.map((cell, i) => String(cell).padStart(i === 1 ? 11 : 13)).join('')}`,
    );
  }
  return [...lines, `records of tenants that kept to no limit: ${ofOthers}`];
}
