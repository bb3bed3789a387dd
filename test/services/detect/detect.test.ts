import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Plot } from '../../../services/detect/plot.js';
import { Report } from '../../../services/detect/report.js';
import { ScoredRows } from '../../../services/detect/scored-rows.js';
import { parseTimestamp } from '../../../shared/core/timestamp.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { packageRoot } from '../../../shared/files/package-root.js';
import { normal, seeded, series } from '../../shared/detection/generators.js';

function detect(input: string, args: string[] = []) {
  const launcher = join(packageRoot(), 'services', 'cli', 'bin', 'tactus.mjs');
  const { status, stdout, stderr } = spawnSync(launcher, ['detect', ...args], { input, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

const noise = normal(seeded(1), 100, 2);
const values = series(1_200, (i) => noise() + (i === 1_000 ? 80 : 0));
const time = (i: number) => new Date(Date.UTC(2024, 0, 1) + i * 300_000).toISOString();
const spaced = (i: number) => time(i).slice(0, 19).replace('T', ' ');
const csv = (newline = '\n') =>
  ['timestamp,value', ...values.map((value, i) => `${spaced(i)},${value}`)].join(newline);

function rowsOf(lines: readonly string[]): string[] {
  const rows = new ScoredRows(ensemble());
  return lines.map((line) => rows.next(line)).filter((line) => line !== null);
}

test('each row comes back with score and band, and the spike has the highest score', () => {
  const { code, out, err } = detect(`${csv('\r\n')}\r\n`);
  assert.deepEqual([code, err], [0, '']);
  const [header, ...rows] = out.trimEnd().split('\n');
  assert.equal(header, 'timestamp,value,anomaly_score,expected,lower,upper');
  assert.equal(rows.length, values.length);
  const scores = rows.map((row, i) => {
    const [timestamp, value, ...figures] = row.split(',');
    assert.deepEqual([timestamp, value], [spaced(i), String(values[i])]);
    const [score = -1, expected = 0, lower = 1, upper = -1] = figures.map(Number);
    assert.equal(figures.length, 4);
    assert.ok(score >= 0 && score <= 1 && lower <= expected && expected <= upper, row);
    return score;
  });
  assert.equal(scores.indexOf(Math.max(...scores)), 1_000);
  assert.ok((scores[1_000] ?? 0) > 0.5);
});

test('a row knows nothing of later ones', () => {
  const lines = csv().split('\n');
  const whole = rowsOf(lines);
  assert.deepEqual(rowsOf(lines.slice(0, 1_010)), whole.slice(0, 1_009));
});

test('blank and odd values, blank lines, repeated and unreadable times each keep their row', () => {
  const rows = rowsOf([
    '\uFEFFtimestamp,value',
    '2024-01-01 00:00:00,',
    '2024-01-01 00:05:00,1.5',
    '2024-01-01 00:05:00, 1.5 ',
    '',
    'no time at all,2',
    '2023-01-01 00:00:00,NaN',
    '"2024-01-01 00:10:00","1,5"',
    '2024-01-01 00:15:00',
  ]);
  assert.deepEqual(
    rows.map((row) => row.split(',0,')[0]),
    [
      '2024-01-01 00:00:00,',
      '2024-01-01 00:05:00,1.5',
      '2024-01-01 00:05:00, 1.5 ',
      'no time at all,2',
      '2023-01-01 00:00:00,NaN',
      '2024-01-01 00:10:00,"1,5"',
      '2024-01-01 00:15:00,',
    ],
  );
});

test('columns are found by their names, and a file may come without a header', () => {
  const named = rowsOf(['host,value,timestamp', 'a,7,1704067200']);
  assert.deepEqual(named, ['1704067200,7,0,7,7,7']);
  assert.deepEqual(rowsOf(['1704067200,7']), named);
});

test('input that cannot be read ends with exit code 1 and says what is allowed', () => {
  const header = detect('time,reading\n1,2\n');
  assert.equal(header.code, 1);
  assert.match(header.err, /line 1: no column "timestamp" in "time,reading"/);
  const row = detect('timestamp,value\nsoon,2\n');
  assert.equal(row.code, 1);
  assert.match(row.err, /line 2: timestamp "soon" must be ISO 8601/);
  assert.match(detect('', ['--sensitivity', '9']).err, /from 0\.2 to 5/);
});

test('input without rows ends with exit code 1', () => {
  for (const input of ['', '\n\n', 'timestamp,value\n'])
    assert.deepEqual(detect(input), {
      code: 1,
      out: 'timestamp,value,anomaly_score,expected,lower,upper\n',
      err: 'tactus detect: the input has no rows; it must be CSV with the header "timestamp,value"\n',
    });
});

test('rubbish is counted by kind with the line of the first, and is no value', () => {
  const rows = new ScoredRows(ensemble());
  for (const line of [
    'timestamp,value',
    '2024-01-01 00:00:00,1',
    '2024-01-01 00:05:00,abc',
    '2024-01-01 00:10:00,1e999',
    '2024-01-01 00:15:00,1,234',
    '2024-01-01 00:20:00,"1,234"',
    'soon,5',
    '2024-01-01 00:01:00,5',
    '2024-01-01 00:25:00,NaN',
    '2024-01-01 00:30:00,',
  ])
    rows.next(line);
  assert.equal(rows.count, 9);
  assert.deepEqual(rows.rubbish.lines(), [
    '3 rows with a value that is no finite number, taken as missing; the first is line 3: "abc"',
    '1 row with more fields than the first, whose value is taken as missing (quote a value with commas); the first is line 5: "2024-01-01 00:15:00,1,234"',
    '1 row with a timestamp that cannot be read, scored at the time of the row before; the first is line 7: "soon"',
    '1 row with a timestamp before that of the row above, scored in the order given; the first is line 8: "2024-01-01 00:01:00"',
  ]);
});

test('with --json each row is an object, and --report is a page with the anomalies in words', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-detect-'));
  try {
    const file = join(folder, 'report.html');
    const { code, out } = detect(`${csv()}\nsoon,"<b>"\n`, ['--json', '--report', file]);
    assert.equal(code, 0);
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(rows.length, values.length + 1);
    assert.deepEqual(Object.keys(rows[0]), [
      ...[
        'timestamp',
        'value',
        'score',
        'expected',
        'lower',
        'upper',
        'isAnomaly',
        'severity',
        'explanation',
      ],
    ]);
    const odd = rows.filter(({ isAnomaly }) => isAnomaly);
    assert.equal(odd.length, 1);
    assert.equal(odd[0].value, values[1_000]);
    assert.match(odd[0].explanation, /% above the (usual|expected) (9\d|10\d)/);
    const page = readFileSync(file, 'utf8');
    assert.match(page, /<h1>1 anomaly in 1201 rows<\/h1>\n<svg /);
    assert.ok(page.includes(odd[0].explanation) && page.includes('line 1202: "soon"'));
    assert.ok(page.includes('&lt;b&gt;') && !page.includes('<b>'));
    assert.doesNotMatch(page.replace('http://www.w3.org/2000/svg', ''), /https?:|<script/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a report that cannot be written ends with exit code 1, and odd rows are said all the same', () => {
  const { code, err } = detect(`${csv()}\nsoon,1\n`, ['--report', '/no/such/folder/report.html']);
  assert.equal(code, 1);
  assert.match(err, /1 row with a timestamp that cannot be read/);
  assert.match(err, /ENOENT.*\/no\/such\/folder\/report\.html/);
});

test('a quote within a field that does not begin with one is a character like others', () => {
  const header = 'size,timestamp,value';
  assert.deepEqual(rowsOf([header, '12" disk,1704067200,7']), ['1704067200,7,0,7,7,7']);
  assert.deepEqual(rowsOf([header, '"12"" disk, old", "1704067200","7"']), [' 1704067200,7,0,7,7,7']);
});

test('one row is said in the singular', () => {
  const report = new Report();
  const rows = new ScoredRows(ensemble(), report.add.bind(report));
  rows.next('2024-01-01,5');
  assert.match(report.html([]), /<h1>0 anomalies in 1 row<\/h1>.*<title>1 point, 0 anomalies<\/title>/s);
});

test('ticks of a plot differ, however small the range is beside the figures', () => {
  for (const [first, step] of [
    [101_325, 0.01],
    [1e9, 1],
    [-1e-9, 1e-12],
    [0, 1],
  ] as const) {
    const plot = new Plot();
    const rows = new ScoredRows(ensemble(), plot.add.bind(plot));
    for (let i = 0; i < 100; i++) rows.next(`${1.7e9 + i},${first + i * step}`);
    const labels = [...plot.svg().matchAll(/<text x="72.0" y="(.*?)".*?>(.*?)</g)];
    assert.equal(new Set(labels.map(([, , label]) => label)).size, 6);
    for (const [, y] of labels) assert.ok(Number(y) > 30 && Number(y) < 384, `${first}: ${y}`);
  }
});

test('the plot shows series, band and anomalies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-detect-'));
  try {
    const file = join(folder, 'plot.svg');
    assert.equal(detect(csv(), ['--plot', file]).code, 0);
    const svg = readFileSync(file, 'utf8');
    assert.match(svg, /^<svg .*<polygon .*<polyline .*<circle .*<\/svg>\n$/s);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
    assert.match(svg, new RegExp(`<circle[^>]*><title>${time(1_000)} value 1[78]\\d`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('values and times of any size are scored, given back as they came, and drawn', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-detect-'));
  try {
    const file = join(folder, 'plot.svg');
    const values = ['1.7e308', '-1.7e308', '5e-324', '-0', '1e150', '1e400', 'NaN', '-Infinity', '0x10'];
    const times = ['-99999999999', '0', '8640000000000000', '99999999999999999999', '9'.repeat(400)];
    const rows = Array.from(
      { length: 200 },
      (_, i) => `${times[i % times.length]},${values[i % values.length]}`,
    );
    const { code, out, err } = detect(`timestamp,value\n${rows.join('\n')}\n`, ['--plot', file]);
    assert.equal(code, 0, err);
    assert.match(err, /80 rows with a timestamp that cannot be read, .*; the first is line 5: "9{20}"/);
    const scored = out.trimEnd().split('\n').slice(1);
    assert.deepEqual(
      scored.map((row) => row.split(',').slice(0, 2).join()),
      rows,
    );
    for (const row of scored)
      assert.ok(
        row
          .split(',')
          .slice(2)
          .every((figure) => figure !== '' && Number.isFinite(Number(figure))),
        row,
      );
    assert.doesNotMatch(readFileSync(file, 'utf8').replaceAll(/<title>.*?<\/title>/g, ''), /NaN|Infinity/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('times are read as ISO 8601, with a blank between, and as epoch seconds or milliseconds', () => {
  const noon = Date.UTC(2024, 1, 29, 12, 30, 15);
  const texts = [
    ...[
      '2024-02-29T12:30:15Z',
      '2024-02-29 12:30:15',
      '2024-02-29T13:30:15+01:00',
      '2024-02-29T07:00:15-0530',
    ],
    ...['1709209815', '1709209815000', '2024-02-29T12:30:15.000000'],
  ];
  for (const text of texts) assert.equal(parseTimestamp(text), noon, text);
  assert.equal(parseTimestamp('2024-02-29T12:30:15.250Z'), noon + 250);
  assert.equal(parseTimestamp('0001-01-01T00:00:00Z'), -62_135_596_800_000);
  assert.equal(parseTimestamp('0000-02-29'), -62_162_121_600_000);
  assert.equal(parseTimestamp('2024-02-29'), Date.UTC(2024, 1, 29));
  for (const text of ['', '2024-02-30', '2024-13-01', '2024-01-01 25:00:00', 'yesterday', '1e9', 'NaN'])
    assert.equal(parseTimestamp(text), null, text);
});
