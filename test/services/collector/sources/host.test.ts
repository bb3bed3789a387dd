import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPoints } from '../../../../services/collector/framework/samples.js';
import { fastReadings, slowReadings } from '../../../../services/collector/sources/host/read.js';
import {
  cpuSamples,
  diskActivitySamples,
  diskSpaceSamples,
  firstByName,
  loadSamples,
  memorySamples,
  networkSamples,
  processSamples,
} from '../../../../services/collector/sources/host/samples.js';

/** The raw figures are far larger; a mapping reads what it needs. */
function raw<T>(part: object): T {
  return part as T;
}

const figure = (samples: ReturnType<typeof loadSamples>, metric: string, tag?: string) =>
  samples.find(
    (one) => one.metric === metric && (tag === undefined || Object.values(one.tags ?? {}).includes(tag)),
  )?.value;

test('CPU use is reported in total and per mode', () => {
  const samples = cpuSamples(
    raw({
      currentLoad: 40,
      currentLoadUser: 30,
      currentLoadSystem: 10,
      currentLoadNice: 0,
      currentLoadIdle: 60,
    }),
  );
  assert.equal(figure(samples, 'system.cpu.usage_percent'), 40);
  assert.equal(figure(samples, 'system.cpu.mode_percent', 'user'), 30);
  assert.equal(figure(samples, 'system.cpu.mode_percent', 'idle'), 60);
});

test('memory that caches can give back does not count as used', () => {
  const samples = memorySamples(raw({ total: 1000, used: 900, available: 600, swaptotal: 0, swapused: 0 }));
  assert.equal(figure(samples, 'system.memory.used_bytes'), 400);
  assert.equal(figure(samples, 'system.memory.used_percent'), 40);
});

test('what the system does not report gives no sample: no swap, no rates at the first reading', () => {
  const memory = memorySamples(raw({ total: 1000, available: 600, swaptotal: 0, swapused: 0 }));
  assert.equal(figure(memory, 'system.swap.used_percent'), undefined);
  assert.equal(figure(memory, 'system.swap.total_bytes'), 0);
  assert.deepEqual(diskActivitySamples(raw({ rx_sec: null, wx_sec: null }), null), []);
  const network = networkSamples([
    raw({
      iface: 'eth0',
      rx_sec: null,
      tx_sec: Number.NaN,
      rx_bytes: 1,
      tx_bytes: 2,
      rx_errors: 0,
      tx_errors: 1,
      rx_dropped: 0,
      tx_dropped: 0,
    }),
  ]);
  assert.deepEqual(
    network.map((one) => [one.metric, one.value]),
    [
      ['system.network.receive_bytes', 1],
      ['system.network.transmit_bytes', 2],
      ['system.network.errors', 1],
      ['system.network.dropped', 0],
    ],
  );
});

test('disk space is reported per mount, as df does', () => {
  const samples = diskSpaceSamples([
    raw({ mount: '/', size: 100, used: 30, available: 60 }),
    raw({ mount: '/empty', size: 0, used: 0, available: 0 }),
  ]);
  assert.equal(figure(samples, 'system.disk.used_percent', '/'), (30 / 90) * 100);
  assert.equal(figure(samples, 'system.disk.used_percent', '/empty'), undefined);
  assert.equal(figure(samples, 'system.disk.size_bytes', '/'), 100);
});

test('load, uptime and processes have their names', () => {
  const load = loadSamples([1, 2, 3], 77);
  assert.deepEqual(
    load.map((one) => [one.metric, one.value]),
    [
      ['system.load.1m', 1],
      ['system.load.5m', 2],
      ['system.load.15m', 3],
      ['system.uptime_seconds', 77],
    ],
  );
  assert.equal(figure(processSamples({ all: 9, running: 1, blocked: 0, sleeping: 8 }), 'process.count'), 9);
});

test('of too many mounts the same ones are kept each time, whatever their order', () => {
  const names = ['c', 'a', 'b', 'd', 'a'];
  const first = firstByName(names, (name) => name, 2);
  assert.deepEqual(first, { kept: ['a', 'b'], leftOut: 2 });
  assert.deepEqual(
    firstByName([...names].reverse(), (name) => name, 2),
    first,
  );
});

test('points carry tenant, host, source, unit and an id of their own', () => {
  let ids = 0;
  const points = toPoints(
    [
      { metric: 'system.load.1m', value: 1, unit: 'processes' },
      { metric: 'system.disk.used_percent', value: 2, unit: 'percent', tags: { mount: '/' } },
    ],
    { tenantId: 'acme', host: 'h1', source: 'collector/h1' },
    1_234,
    () => `id-${++ids}`,
  );
  assert.deepEqual(points, [
    {
      tenantId: 'acme',
      metric: 'system.load.1m',
      tags: { host: 'h1' },
      timestamp: 1_234,
      value: 1,
      id: 'id-1',
      unit: 'processes',
      source: 'collector/h1',
      kind: 'gauge',
      startTimestamp: null,
    },
    {
      tenantId: 'acme',
      metric: 'system.disk.used_percent',
      tags: { host: 'h1', mount: '/' },
      timestamp: 1_234,
      value: 2,
      id: 'id-2',
      unit: 'percent',
      source: 'collector/h1',
      kind: 'gauge',
      startTimestamp: null,
    },
  ]);
});

test('every reading of this host gives finite figures, each series once', async () => {
  const options = { maxInstances: 32, onLeftOut: () => {} };
  for (const reading of [...fastReadings(options), ...slowReadings(options)]) {
    const samples = await reading.read();
    assert.ok(
      samples.every((one) => Number.isFinite(one.value) && one.unit !== ''),
      reading.name,
    );
    const series = samples.map((one) => JSON.stringify([one.metric, one.tags]));
    assert.equal(new Set(series).size, series.length, reading.name);
    if (['cpu', 'memory', 'load', 'own'].includes(reading.name)) assert.ok(samples.length > 0, reading.name);
  }
});
