import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { adviceOf } from '../../../services/monitor/advice.js';
import { figuresOf, type Look } from '../../../services/monitor/figures.js';
import { readTargets, targetOf } from '../../../services/monitor/targets.js';
import { watch } from '../../../services/monitor/watch.js';
import { parsePrometheusText } from '../../../shared/process/prometheus-text.js';

const PRICES = { cpuHourUsd: 0.036, memoryGbHourUsd: 0.0036 };
const TARGET = targetOf('127.0.0.1:9464');

interface Moment {
  readonly cpu?: number;
  readonly received?: number;
  readonly lag?: readonly number[];
  readonly more?: string;
}

function look(at: number, worker: string, { cpu = 0, received = 0, lag = [], more = '' }: Moment): Look {
  const lines = [
    `process_cpu_seconds_total{worker="${worker}"} ${cpu}`,
    `process_resident_memory_bytes{worker="${worker}"} 500000000`,
    `tactus_memory_limit_bytes{worker="${worker}"} 2000000000`,
    `tactus_records_received_total{stage="receiving",worker="${worker}"} ${received}`,
    ...lag.map((records, i) => `tactus_consumer_lag_records{partition="${i}",worker="${worker}"} ${records}`),
    more,
  ];
  return { at, samples: parsePrometheusText(lines.join('\n')), reasons: [], answered: true };
}

const none = (at: number): Look => ({ at, samples: [], reasons: ['starting'], answered: false });
const figures = (...looks: readonly Look[]) => figuresOf(TARGET, looks, PRICES);

describe('the figures of a worker', () => {
  it('are rates and costs over the time that it was watched', () => {
    const one = figures(
      look(0, 'ingest', { cpu: 10, received: 1_000 }),
      look(100_000, 'ingest', { cpu: 60, received: 501_000 }),
    );
    assert.deepEqual([one.worker, one.cpu, one.records], ['ingest', 0.5, 5_000]);
    assert.equal(one.cpuSecondsPerMillion, 100);
    // 50 CPU seconds at 0.00001 USD, and half a GB for 100 s at 0.000001, for half a million.
    assert.ok(Math.abs((one.usdPerMillion ?? 0) - 0.0011) < 1e-9, `${one.usdPerMillion}`);
  });

  it('go on over a restart, whose counters begin again', () => {
    const one = figures(
      look(0, 'ingest', { cpu: 10, received: 900 }),
      look(5_000, 'ingest', { cpu: 12, received: 1_000 }),
      none(6_000),
      look(10_000, 'ingest', { cpu: 1, received: 50 }),
    );
    assert.deepEqual([one.cpu, one.records, one.silent], [0.3, 15, 1]);
  });
});

describe('the advice', () => {
  const before = { cpu: 0, received: 0, lag: [0, 0] };

  it('names the bottleneck, and how many replicas it can have', () => {
    const busy = figures(
      look(0, 'windowing', before),
      look(10_000, 'windowing', { cpu: 9.5, received: 10_000, lag: [20_000, 20_000] }),
    );
    const idle = figures(look(0, 'ingest', before), look(10_000, 'ingest', { ...before, cpu: 1 }));
    const [first, ...rest] = adviceOf([idle, busy]);
    assert.match(
      first ?? '',
      /^windowing falls behind: .* 40,000 .*bottleneck. Add replicas: 1 of at most 2/,
    );
    assert.deepEqual(rest, []);
    const [both] = adviceOf([
      { ...busy, partitions: 1 },
      { ...busy, partitions: 1 },
    ]);
    assert.match(both ?? '', /as many replicas as partitions \(2\)/);
  });

  it('says of a worker that falls behind without CPU that it waits', () => {
    const waiting = figures(
      look(0, 'sink', before),
      look(10_000, 'sink', { cpu: 1, received: 10, lag: [90_000, 0] }),
    );
    assert.match(adviceOf([waiting])[0] ?? '', /^sink falls behind: .*it waits for Kafka or its target/);
  });

  it('says what is near a limit, blocked, away or failing, and else that nothing is', () => {
    const more = [
      'tactus_memory_limit_bytes 510000000',
      'nodejs_eventloop_lag_p99_seconds 0.7',
      'tactus_errors_total 3',
      'nodejs_gc_duration_seconds_sum 4',
    ];
    const at = (text: string) => ({ ...before, more: text });
    for (const [i, expected] of [
      [0, /near its memory limit: 500 of 510 MB/],
      [1, /blocks its event loop for 700 ms/],
      [2, /counted 3 errors/],
      [3, /40 % of the time in garbage collection/],
    ] as const) {
      const line = more[i] ?? '';
      const first = look(0, 'a', at(i < 2 ? line : ''));
      // The limit of the first series is the higher one.
      const limited = (read: Look): Look => ({
        ...read,
        samples: read.samples.filter(
          ({ name, labels }) => !(i === 0 && name === 'tactus_memory_limit_bytes' && labels.worker === 'a'),
        ),
      });
      assert.match(
        adviceOf([figures(limited(first), limited(look(10_000, 'a', at(line))))])[0] ?? '',
        expected,
      );
    }
    assert.match(adviceOf([figures(none(0), none(5_000))])[0] ?? '', /did not answer: is it running/);
    const calm = figures(look(0, 'a', before), look(10_000, 'a', { ...before, cpu: 2 }));
    assert.deepEqual(adviceOf([calm]), ['No bottleneck: the busiest worker is a with 20 % of a CPU.']);
  });
});

describe('the workers to watch', () => {
  it('are those of a list as Prometheus has it, or refused with what is expected', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'targets-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'workers.json');
    writeFileSync(
      file,
      '[{"targets": ["10.0.0.7:9464"], "labels": {"worker": "sink"}}, {"targets": ["h:1"]}]',
    );
    assert.deepEqual(readTargets(file), [
      { url: 'http://10.0.0.7:9464', name: 'sink' },
      { url: 'http://h:1', name: 'h:1' },
    ]);
    for (const text of ['{}', '[]', '[{"targets": 1}]', '[null]', 'x', '[{"targets": ["no port"]}]']) {
      writeFileSync(file, text);
      assert.throws(() => readTargets(file), /TACTUS_CONFIG_INVALID|expected is|no address/, text);
    }
  });

  it('may be at the port that a URL leaves out', () => {
    assert.equal(targetOf('worker:80').url, 'http://worker');
    assert.equal(targetOf('https://worker:443/metrics').url, 'https://worker');
    assert.equal(targetOf('[::1]:80').url, 'http://[::1]');
    for (const none of ['worker', 'http://worker', '[::80]', 'https://worker/a:443'])
      assert.throws(() => targetOf(none), /is no address of a worker: HOST:PORT/, none);
  });

  it('are read until the time is over, those that do not answer too', async () => {
    let cpu = 0;
    const server = createServer((request, response) => {
      cpu += 1;
      response.end(request.url === '/metrics' ? `process_cpu_seconds_total{worker="x"} ${cpu}\n` : '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const there = targetOf(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    const gone = targetOf('127.0.0.1:1');
    const rounds: number[] = [];
    try {
      const looks = await watch({
        ...{ targets: [there, gone], durationMs: 600, everyMs: 100, signal: new AbortController().signal },
        progress: (elapsedMs) => void rounds.push(elapsedMs),
      });
      assert.ok(rounds.length >= 2 && (rounds.at(-1) ?? 0) >= 600, rounds.join());
      const [one, other] = [there, gone].map((target) => figuresOf(target, looks.get(target) ?? [], PRICES));
      assert.ok(one !== undefined && one.worker === 'x' && one.cpu > 0);
      assert.deepEqual([other?.seconds, other?.silent], [0, rounds.length]);
    } finally {
      server.close();
    }
  });
});
