import type { KnownSeries } from './memory-source.js';

/*
 * What Prometheus's own tests of its language (promql/promqltest/testdata) are about, as series and queries of our own: each group of
 * series has names of its own, so that all of them lie at one time, and what is right is asked of a real Prometheus.
 */

/** Values in steps: `0+10x3` is 0 10 20 30, `_` is none. */
function valuesOf(text: string): (number | null)[] {
  return text.split(' ').flatMap((part) => {
    const [, first, sign, by, times] = /^(-?[\d.]+)([+-])([\d.]+)x(\d+)$/.exec(part) ?? [];
    if (times === undefined) return [part === '_' ? null : Number(part.replace('Inf', 'Infinity'))];
    const step = Number(`${sign}${by}`);
    return Array.from({ length: Number(times) + 1 }, (_, i) => Number(first) + i * step);
  });
}

/** @param every seconds @param texts values by the series, written as a selector */
function every(seconds: number, texts: Readonly<Record<string, string>>): (start: number) => KnownSeries[] {
  return (start) =>
    Object.entries(texts).map(([selector, text]) => {
      const [, name = '', inner = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(selector) ?? [];
      const labels = Object.fromEntries(
        [...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]),
      );
      return {
        labels: { __name__: name, ...labels } as Record<string, string>,
        points: valuesOf(text).flatMap((value, i) =>
          value === null ? [] : [[start + i * seconds * 1_000, value] as const],
        ),
      };
    });
}

const servers = (name: string, of: (n: number) => string) =>
  Object.fromEntries(
    ['api', 'app'].flatMap((job, j) =>
      ['production', 'canary'].flatMap((group, g) =>
        ['0', '1'].map((instance, i) => [
          `${name}{job="${job}-server",instance="${instance}",group="${group}"}`,
          of(4 * j + 2 * g + i + 1),
        ]),
      ),
    ),
  );

const BIG = '9.988465674311579e+307';

const GROUPS = [
  every(300, {
    ...servers('l_requests', (n) => `0+${10 * n}x10`),
    'l_requests{job="api-server",instance="2",group="production"}': Array(10).fill('NaN').join(' '),
    'l_foo{job="api-server",instance="0",region="europe"}': '0+90x10',
    'l_foo{job="api-server"}': '0+100x10',
    l_three: '3+0x10',
    'l_a{l="x"}': '0+1x100',
    'l_a{l="y"}': '0+2x50',
    'l_b{l="x"}': '0+4x25',
    'l_precise{n="0"}': '0+1.33x10',
    'l_precise{n="1"}': '0+1.33x10',
    'l_precise{n="2"}': '0+1.33x10',
    'l_group{a="aa",b="bb"}': '0+10x10',
    'l_group{a="a",b="abb"}': '0+20x10',
    'l_nan{group="production",instance="0"}': '1',
    'l_nan{group="production",instance="1"}': '2',
    'l_nan{group="canary",instance="0"}': 'NaN',
    'l_nan{group="canary",instance="1"}': '3',
    ...servers('l_version', (n) => String(6 + (n % 3))),
    'l_path{path="/foo"}': '1 2 3 0 1 0 0 1 2 0',
    'l_path{path="/bar"}': '1 2 3 4 5 1 2 3 4 5',
    'l_path{path="/biz"}': '0 0 0 0 0 1 1 1 1 1',
    'l_nans{a="b"}': 'NaN NaN NaN',
    'l_nans{a="c"}': '0 NaN 0',
    'l_total{path="/foo"}': '0+10x10',
    'l_total{path="/bar"}': '0+18x4 0+18x5',
    'l_total{path="/dings"}': '10+10x10',
    'l_total{path="/bumms"}': '1+10x10',
    l_reset_one: '0 1 2 3 2 3 4',
    l_reset_middle: '0+27x4 0+27x5',
    l_reset_end: '0+10x9 0 10',
    'l_last_nan{kind="nan"}': '1 NaN NaN 5 11',
    'l_gauge{path="/foo"}': '0 50 100 150 200',
    'l_gauge{path="/bar"}': '200 150 100 50 0',
    'l_infinite{job="app"}': '-Inf 0+80x10 Inf',
    'l_clamp{src="a"}': '-50',
    'l_clamp{src="b"}': '0',
    'l_clamp{src="c"}': '100',
    'l_sign{src="a"}': '-Inf',
    'l_sign{src="b"}': 'Inf',
    'l_sign{src="c"}': 'NaN',
    'l_sign{src="d"}': '-50.5',
    'l_sign{src="e"}': '-0',
    'l_sign{src="f"}': '2.5',
    'l_node_var{instance="abc",job="node"}': '2',
    'l_node_role{instance="abc",job="node",role="prometheus"}': '1',
    'l_cpu{instance="abc",job="node",mode="idle"}': '3',
    'l_cpu{instance="abc",job="node",mode="user"}': '1',
    'l_cpu{instance="def",job="node",mode="idle"}': '8',
    'l_cpu{instance="def",job="node",mode="user"}': '2',
    'l_random{foo="bar"}': '1',
    'l_threshold{instance="abc",job="node",target="a@b.com"}': '0',
    'l_meh_a{baz="meh"}': '3',
    'l_meh_b{baz="meh"}': '4',
    'l_dup_a{src="a",dst="b"}': '0',
    'l_dup_b{src="a",dst="b"}': '1',
    'l_src{src="source-value-10",dst="original"}': '0',
    'l_src{src="source-value-20",dst="original"}': '1',
    'l_join{src="a",src1="b",src2="c",dst="original"}': '0',
    'l_join{src="d",src1="e",src2="f",dst="original"}': '1',
    'l_twice{label="a",this="a"}': '1',
    'l_twice{label="b",this="a"}': '1',
    'l_log{l="x"}': '10',
    'l_log{l="y"}': '20',
    'l_hist_bucket{le="0.1",start="positive"}': '0+5x10',
    'l_hist_bucket{le=".2",start="positive"}': '0+7x10',
    'l_hist_bucket{le="1e0",start="positive"}': '0+11x10',
    'l_hist_bucket{le="+Inf",start="positive"}': '0+12x10',
    'l_hist_bucket{le="-.2",start="negative"}': '0+1x10',
    'l_hist_bucket{le="-0.1",start="negative"}': '0+2x10',
    'l_hist_bucket{le="0.3",start="negative"}': '0+2x10',
    'l_hist_bucket{le="+Inf",start="negative"}': '0+3x10',
    'l_even_bucket{le="0"}': '0+0x10',
    'l_even_bucket{le="2"}': '0+1x10',
    'l_even_bucket{le="4"}': '0+2x10',
    'l_even_bucket{le="6"}': '0+3x10',
    'l_even_bucket{le="+Inf"}': '0+3x10',
    'l_duration_bucket{job="job1",instance="ins1",le="0.1"}': '0+1x10',
    'l_duration_bucket{job="job1",instance="ins1",le="0.2"}': '0+3x10',
    'l_duration_bucket{job="job1",instance="ins1",le="+Inf"}': '0+4x10',
    'l_duration_bucket{job="job1",instance="ins2",le="0.1"}': '0+2x10',
    'l_duration_bucket{job="job1",instance="ins2",le="0.2"}': '0+5x10',
    'l_duration_bucket{job="job1",instance="ins2",le="+Inf"}': '0+6x10',
    'l_duration_bucket{job="job2",instance="ins1",le="0.1"}': '0+3x10',
    'l_duration_bucket{job="job2",instance="ins1",le="0.2"}': '0+4x10',
    'l_duration_bucket{job="job2",instance="ins1",le="+Inf"}': '0+6x10',
    'l_mixed_bucket{instance="ins1",le="0.1"}': '0+1x10',
    'l_mixed_bucket{instance="ins1",le="0.2"}': '0+1x10',
    'l_mixed_bucket{instance="ins1",le="2e-1"}': '0+1x10',
    'l_mixed_bucket{instance="ins1",le="2.0e-1"}': '0+1x10',
    'l_mixed_bucket{instance="ins1",le="+Inf"}': '0+4x10',
    'l_mixed_bucket{instance="ins2",le="+inf"}': '0+0x10',
    'l_mixed_bucket{instance="ins2",le="+Inf"}': '0+0x10',
  }),
  every(
    240,
    Object.fromEntries([0, 60, 120, 180, 240, 300].map((n) => [`l_cut_total{start="${n}"}`, `${n}+240x10`])),
  ),
  every(360, {
    l_left: '1 2 _ _ 3 _ 4 5 NaN Inf -Inf',
    l_right: '4 _ _ 5 3 7 -1 20 NaN Inf -Inf',
  }),
  every(60, {
    'l_seen_total{path="/foo",instance="127.0.0.1"}': '1+1x10',
    'l_seen_total{path="/bar",instance="127.0.0.1"}': '1+1x10',
    'l_failures_total{instance="127.0.0.1"}': '1+1x15',
    'l_once_total{instance="127.0.0.1"}': '1',
    'l_expiry{job="ingress"}': 'NaN NaN NaN NaN NaN',
  }),
  every(1_200, { 'l_late{label="a",idx="1"}': '2 _', 'l_late{label="a",idx="2"}': '_ 4' }),
  every(15, { l_powers: '0 1 10 100 1000 0 0 0 0' }),
  every(10, {
    ...servers('l_long', (n) => `0+${10 * n}x1000 ${100 * n}+30x1000`),
    ...servers('l_falling', (n) => `8000-${10 * n}x1000`),
    'l_at{job="1"}': '0+1x1000',
    'l_at{job="2"}': '0+2x1000',
    l_two: '1 2',
    l_small: '0 8 8 2 3',
    l_same: '1.5990505637277868 1.5990505637277868 1.5990505637277868',
    l_constant: '52+0x100',
    'l_data{test="two",point="a"}': '0 1',
    'l_data{test="three",point="a"}': '0 1 2',
    'l_data{test="three",point="b"}': '1',
    'l_data{test="uneven",point="a"}': '0 1 4',
    'l_data{test="uneven",point="b"}': '1 7',
    'l_data{test="some nan"}': '2 0 NaN',
    'l_data{test="nan first"}': 'NaN 0 1',
    'l_data{test="only nan"}': 'NaN NaN NaN',
    'l_data{test="sparse"}': '_ 5 2 _ 4 _',
    ...Object.fromEntries(
      [
        ...['1 2 3 4 5', '1 2 3 4 Inf', '1 2 3 4 -Inf', '1 2 3 Inf -Inf', 'Inf 0 Inf', 'Inf Inf Inf -Inf'],
        ...['1 2 3 -Inf -Inf', '-Inf 0 -Inf', '-Inf -Inf -Inf Inf', '1 2 -Inf -Inf Inf', `${BIG} ${BIG}`],
        ...[`-${BIG} -${BIG} -${BIG}`, `-${BIG} ${BIG}`, '1 2 3 NaN NaN', '1 1e100 1 -1e100'],
        ...[
          '1e10 1e-6 1e-6 1e-6 1e-6 1e-6',
          '5.30921651659898 0.961118537914768 1.62091361305318 0.865089463758091',
        ],
        ...['1.78264e50 0.76342771 1.9592258 7.69805412 458.90154'],
        ...['0.76342771 1.9592258 7.69805412 1.78264e50 458.90154'],
        ...['-1.78264E+215 0.76342771 1.9592258 2.258E+220 7.69805412 1.78264E+215 -458.90154'],
      ].map((text, i) => [`l_average{n="${i}"}`, text]),
    ),
  }),
  every(7, { l_fibonacci: fibonacci(120).join(' ') }),
  every(0.001, { l_dense: '1+0x4000' }),
];

function fibonacci(count: number): number[] {
  const found = [1, 1];
  while (found.length < count) found.push((found.at(-1) ?? 0) + (found.at(-2) ?? 0));
  return found;
}

/** @param start in milliseconds */
export const languageSeries = (start: number): KnownSeries[] => GROUPS.flatMap((group) => group(start));
