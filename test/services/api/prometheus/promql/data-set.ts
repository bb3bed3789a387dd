import type { KnownSeries } from './memory-source.js';

/** When the points start: a full hour, so that ranges end exactly at points. */
export const START = 1_699_999_200_000;
export const END = START + 4 * 3_600_000;
const SCRAPE_MS = 30_000;

/** The same numbers at every run (a linear congruential generator with the constants of Numerical Recipes). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Shape {
  /** Of the time of a scrape in seconds since `START`. @returns the value, or null for no point */
  value(seconds: number): number | null;
  every?: number;
  /** How far points are moved from their time, in milliseconds. */
  jitter?: number;
}

let seeds = 0;

function series(
  name: string,
  labels: Readonly<Record<string, string>>,
  { value, every = SCRAPE_MS, jitter = 0 }: Shape,
): KnownSeries {
  const random = numbers(++seeds);
  const points: (readonly [number, number])[] = [];
  for (let time = START; time <= END; time += every) {
    const found = value((time - START) / 1_000);
    if (found !== null) points.push([time + Math.floor(random() * jitter), found]);
  }
  return { labels: { __name__: name, ...labels }, points };
}

/** Goes up by up to `rate` in a second, and starts at 0 again at each of `resets`, in seconds. */
function counter(rate: number, ...resets: readonly number[]): (seconds: number) => number {
  const random = numbers(++seeds);
  let value = 0;
  let last = 0;
  return (seconds) => {
    if (resets.some((reset) => reset > last && reset <= seconds)) value = 0;
    value += random() * rate * (seconds - last);
    last = seconds;
    return value;
  };
}

/** Goes up and down around a middle. */
function wave(middle: number, height: number, periodSeconds: number): (seconds: number) => number {
  const random = numbers(++seeds);
  return (seconds) =>
    middle + height * Math.sin((2 * Math.PI * seconds) / periodSeconds) + random() * height * 0.1;
}

const onlyIn = (from: number, to: number, value: (seconds: number) => number) => (seconds: number) =>
  seconds >= from && seconds <= to ? value(seconds) : null;

function nodes(): KnownSeries[] {
  return ['node-a:9100', 'node-b:9100', 'node-c:9100'].flatMap((instance, n) => {
    const labels = { job: 'node', instance };
    const resets = n === 1 ? [5_000, 9_000] : [];
    return [
      ...['0', '1'].flatMap((cpu) =>
        [
          ['idle', 0.9],
          ['user', 0.3],
          ['system', 0.1],
          ['iowait', 0.05],
        ].map(([mode, rate]) =>
          series(
            'node_cpu_seconds_total',
            { ...labels, cpu, mode: String(mode) },
            { value: counter(Number(rate), ...resets), jitter: 900 },
          ),
        ),
      ),
      series('node_memory_MemTotal_bytes', labels, { value: () => 8_589_934_592 * (n + 1) }),
      series('node_memory_MemFree_bytes', labels, { value: wave(2e9, 1e9, 3_000) }),
      series('node_memory_Buffers_bytes', labels, { value: wave(1e8, 1e7, 1_000) }),
      series('node_memory_Cached_bytes', labels, { value: wave(9e8, 4e8, 5_000) }),
      series('node_memory_MemAvailable_bytes', labels, { value: wave(4e9, 2e9, 4_000) }),
      ...['/', '/data'].flatMap((mountpoint, m) => [
        series(
          'node_filesystem_size_bytes',
          { ...labels, mountpoint, device: `/dev/sd${m}`, fstype: 'ext4' },
          { value: () => 1e11 * (m + 1) },
        ),
        series(
          'node_filesystem_avail_bytes',
          { ...labels, mountpoint, device: `/dev/sd${m}`, fstype: 'ext4' },
          { value: (s) => 8e10 - s * 1e6 * (n + 1) },
        ),
      ]),
      series(
        'node_filesystem_size_bytes',
        { ...labels, mountpoint: '/run', device: 'tmpfs', fstype: 'tmpfs' },
        { value: () => 1e9 },
      ),
      ...['eth0', 'lo'].map((device) =>
        series(
          'node_network_receive_bytes_total',
          { ...labels, device },
          { value: counter(1e5, ...resets), jitter: 2_000 },
        ),
      ),
      series('node_load1', labels, { value: wave(1 + n, 1, 1_800) }),
      series('node_boot_time_seconds', labels, {
        value: (s) => 1_690_000_000 + (n === 1 && s >= 5_000 ? 10_005_000 : 0),
      }),
      series(
        'node_uname_info',
        { ...labels, nodename: `n${n}`, release: `6.1.${n}-amd64` },
        { value: () => 1 },
      ),
    ];
  });
}

function requests(): KnownSeries[] {
  const bounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5];
  return ['api', 'web'].flatMap((job, j) =>
    ['0', '1'].flatMap((number, i) => {
      const labels = { job, instance: `${job}-${number}` };
      const resets = j === 0 && i === 1 ? [7_215] : [];
      return [
        ...['200', '404', '500'].flatMap((code, c) =>
          ['GET', 'POST'].map((method) =>
            series(
              'http_requests_total',
              { ...labels, code, method, handler: c === 1 ? '/missing' : '/things' },
              { value: counter(20 / (c + 1) ** 2, ...resets), jitter: 400 },
            ),
          ),
        ),
        ...histogram('http_request_duration_seconds', labels, bounds, resets),
        series('up', labels, { value: (s) => (j === 1 && i === 0 && s % 3_600 < 600 ? 0 : 1) }),
      ];
    }),
  );
}

function histogram(
  name: string,
  labels: Readonly<Record<string, string>>,
  bounds: readonly number[],
  resets: readonly number[],
): KnownSeries[] {
  const parts = [...bounds, Infinity].map((_, b) => counter(2 / (b + 1), ...resets));
  const held = new Map<number, number[]>();
  const upTo = (bucket: number) => (seconds: number) => {
    let counts = held.get(seconds);
    if (counts === undefined) {
      let sum = 0;
      counts = parts.map((part) => {
        sum += Math.floor(part(seconds));
        return sum;
      });
      held.set(seconds, counts);
    }
    return counts[bucket] ?? 0;
  };
  return [
    ...[...bounds.map(String), '+Inf'].map((le, b) =>
      series(`${name}_bucket`, { ...labels, le }, { value: upTo(b) }),
    ),
    series(`${name}_count`, labels, { value: upTo(bounds.length) }),
    series(`${name}_sum`, labels, { value: counter(1.3, ...resets) }),
  ];
}

function pods(): KnownSeries[] {
  return ['shop', 'mail'].flatMap((namespace, n) =>
    [0, 1, 2].flatMap((p) => {
      const pod = `${namespace}-7d9f-${p}`;
      const labels = { namespace, pod };
      const info = { ...labels, node: `n${p}`, job: 'kube-state-metrics', uid: `u${n}${p}` };
      // One pod ends, and one starts late.
      const alive = p === 2 ? (n === 0 ? [0, 6_000] : [8_000, 20_000]) : [0, 20_000];
      const [from = 0, to = 0] = alive;
      return [
        series('kube_pod_info', info, { value: onlyIn(from, to, () => 1) }),
        ...['Running', 'Pending'].map((phase) =>
          series(
            'kube_pod_status_phase',
            { ...labels, phase, job: 'kube-state-metrics' },
            { value: onlyIn(from, to, () => (phase === 'Running' ? 1 : 0)) },
          ),
        ),
        ...['app', 'sidecar'].flatMap((container, c) => [
          series(
            'container_cpu_usage_seconds_total',
            { ...labels, container, image: `${container}:1`, job: 'kubelet' },
            { value: onlyIn(from, to, counter(0.5 / (c + 1))), jitter: 5_000 },
          ),
          series(
            'container_memory_working_set_bytes',
            { ...labels, container, image: `${container}:1`, job: 'kubelet' },
            { value: onlyIn(from, to, wave(2e8, 5e7, 2_500)) },
          ),
          series(
            'kube_pod_container_resource_requests',
            { ...labels, container, resource: 'cpu', unit: 'core' },
            { value: onlyIn(from, to, () => 0.25 * (c + 1)) },
          ),
          series(
            'kube_pod_container_resource_requests',
            { ...labels, container, resource: 'memory', unit: 'byte' },
            { value: onlyIn(from, to, () => 268_435_456) },
          ),
          ...(c === 0
            ? [
                series(
                  'kube_pod_container_resource_limits',
                  { ...labels, container, resource: 'cpu', unit: 'core' },
                  { value: onlyIn(from, to, () => 1) },
                ),
              ]
            : []),
          series(
            'kube_pod_container_status_restarts_total',
            { ...labels, container },
            { value: onlyIn(from, to, (s) => Math.floor(s / 4_000) * c) },
          ),
        ]),
      ];
    }),
  );
}

/** What breaks a careless evaluator. */
function oddities(): KnownSeries[] {
  return [
    series('odd_value', { kind: 'nan' }, { value: () => Number.NaN }),
    series('odd_value', { kind: 'infinite' }, { value: () => Infinity }),
    series('odd_value', { kind: 'negative-infinite' }, { value: () => -Infinity }),
    series('odd_value', { kind: 'zero' }, { value: () => 0 }),
    series('odd_value', { kind: 'negative' }, { value: wave(-5, 2, 700) }),
    series('odd_value', { kind: 'tiny' }, { value: () => 1e-9 }),
    series('odd_value', { kind: 'huge' }, { value: () => 1.5e300 }),
    series('odd_value', { kind: 'sometimes-nan' }, { value: (s) => (s % 300 === 0 ? Number.NaN : s) }),
    series('gappy', { part: 'hole' }, { value: (s) => (s > 2_000 && s < 5_000 ? null : s / 7) }),
    series('gappy', { part: 'sparse' }, { value: wave(10, 5, 2_000), every: 300_000 }),
    series('gappy', { part: 'rare' }, { value: wave(10, 5, 2_000), every: 420_000 }),
    series('gappy', { part: 'short' }, { value: onlyIn(3_600, 3_720, (s) => s) }),
    series('gappy', { part: 'single' }, { value: onlyIn(7_200, 7_200, () => 42) }),
    series('steps', { of: 'one' }, { value: (s) => Math.floor(s / 600) % 4 }),
    series('steps', { of: 'two' }, { value: (s) => Math.floor(s / 450) % 3 }),
    series('steps', { of: 'constant' }, { value: () => 3 }),
    series('metric_a', { l: 'x', shared: '1' }, { value: wave(5, 3, 900) }),
    series('metric_a', { l: 'y', shared: '1' }, { value: wave(7, 3, 1_100) }),
    series('metric_b', { l: 'x', shared: '1' }, { value: wave(3, 2, 1_300) }),
    series('metric_b', { l: 'z', shared: '2' }, { value: wave(2, 1, 1_300) }),
    series('metric_c', { shared: '1', text: 'one' }, { value: () => 10 }),
    series('metric_c', { shared: '2', text: 'two' }, { value: () => 20 }),
    series(
      'labelled',
      { src: 'source-value-10', other: 'a"b\\c', long: 'x'.repeat(200) },
      { value: () => 1 },
    ),
    series('labelled', { src: 'source-value-20', dst: 'original' }, { value: () => 2 }),
    series('labelled', { src: 'Zürich ☃' }, { value: () => 3 }),
    series('only_bucket', { le: '1' }, { value: (s) => s }),
    series('only_bucket', { le: '2', more: 'x' }, { value: (s) => s }),
    series('negative_bucket', { le: '-1' }, { value: () => 5 }),
    series('negative_bucket', { le: '0' }, { value: () => 8 }),
    series('negative_bucket', { le: '1e1' }, { value: () => 7 }),
    series('negative_bucket', { le: '+Inf' }, { value: () => 10 }),
    series('negative_bucket', { le: 'no number' }, { value: () => 10 }),
    series('daily_time', {}, { value: (s) => 1_709_164_800 + s * 3_000 }),
    series('versions', { instance: 'a' }, { value: (s) => (s < 7_000 ? 1 : 2) }),
    series('versions', { instance: 'b' }, { value: () => 1 }),
    series('versions', { instance: 'c' }, { value: () => 0.25 }),
  ];
}

export const DATA_SET: readonly KnownSeries[] = [...nodes(), ...requests(), ...pods(), ...oddities()];

const textOf = (value: number) =>
  Number.isNaN(value) ? 'NaN' : value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);

/** The same points as `promtool` reads them. */
export function openMetrics(known: readonly KnownSeries[]): string {
  const lines = known.flatMap(({ labels: { __name__: name, ...labels }, points }) => {
    const inner = Object.entries(labels).map(
      ([label, value]) => `${label}="${value.replaceAll(/["\\]/g, '\\$&')}"`,
    );
    return points.map(
      ([time, value]) => `${name}{${inner.join(',')}} ${textOf(value)} ${(time / 1_000).toFixed(3)}`,
    );
  });
  return `${lines.join('\n')}\n# EOF\n`;
}
