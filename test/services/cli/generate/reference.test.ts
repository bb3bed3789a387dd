import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { commandEntries } from '../../../../services/cli/generate/commands-page.js';
import { configurationRows } from '../../../../services/cli/generate/configuration-page.js';
import { table } from '../../../../services/cli/generate/markdown.js';
import { metricRows } from '../../../../services/cli/generate/metrics-page.js';
import { DESCRIPTIONS, REFERENCE } from '../../../../services/cli/generate/reference.js';
import { WORKERS } from '../../../../services/cli/program/workers.js';
import { loadTopics } from '../../../../shared/catalog/topics.js';
import { configKeys } from '../../../../shared/config/load.js';
import { ERROR_CODES } from '../../../../shared/core/error-codes.js';
import { packageRoot } from '../../../../shared/files/package-root.js';
import { PRESENT, readFixture } from '../../../compatibility/fixtures.js';

const root = packageRoot();

describe('the reference pages', () => {
  for (const [path, render] of Object.entries({ ...REFERENCE, ...DESCRIPTIONS }))
    it(`are what the code gives (else: npm run generate): ${path}`, () => {
      const kept = readFileSync(join(root, path), 'utf8').split('\n');
      const rendered = render().split('\n');
      const differ = (line: string, i: number) => line !== kept[i];
      assert.deepEqual([rendered.find(differ), kept.length], [undefined, rendered.length]);
    });

  it('escape what would end a cell', () => {
    assert.equal(table(['a|b'], [['c\nd']]), '| a\\|b |\n| --- |\n| c d |\n');
  });
});

describe('the reference of the configuration', () => {
  const rows = configurationRows();

  it('has a row for each key', () => {
    assert.deepEqual(
      rows.map(({ variable }) => variable),
      configKeys().map(([, { env }]) => env),
    );
  });

  it('gives each key a meaning and allowed values, and a unit where its name has one', () => {
    for (const { variable, meaning, allowed, unit, defaultValue } of rows) {
      assert.match(meaning, /^\S.{10,}/, `${variable} lacks a meaning`);
      assert.match(allowed, /\S/, `${variable} lacks allowed values`);
      assert.match(defaultValue, /\S/, `${variable} lacks a default`);
      assert.equal(unit === 'ms', /_MS$/.test(variable), `${variable}: its unit is "${unit}"`);
      assert.equal(unit === 'bytes', /BYTES/.test(variable), `${variable}: its unit is "${unit}"`);
    }
  });

  it('says what a format allows, and defaults in words', () => {
    const row = (name: string) => rows.find(({ variable }) => variable === name);
    assert.equal(row('TACTUS_DEDUP_WINDOW_MS')?.allowed, 'an integer from 0 to 86,400,000');
    assert.equal(row('TACTUS_DEDUP_WINDOW_MS')?.defaultValue, '`600000` (10 min)');
    assert.equal(row('TACTUS_MAX_VALUE_BYTES')?.defaultValue, '`65536` (64 KiB)');
    assert.equal(row('TACTUS_UNKNOWN_TENANTS')?.allowed, '`accept`, `reject`');
    assert.equal(row('TACTUS_ARCHIVE_URL')?.allowed, 'a URL with file:// or s3://, or empty for none');
    assert.match(row('DATABASE_URL')?.meaning ?? '', /Secret/);
  });
});

/** Name and kind of every Prometheus metric in the sources, with the folder it is in. */
function metricsInSources(): { name: string; type: string; worker: string | null }[] {
  const files = ['services', 'shared'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const worker = /^services\/([^/]+)\//.exec(file)?.[1] ?? null;
    return [
      ...text.matchAll(
        /new \w*(Counter|Gauge|Histogram|Summary)(?:<[^(]*>)?\(\{\s*name: (?:'([^']+)'|(\w+)),/g,
      ),
    ].map(([, kind, literal, constant]) => {
      const name = literal ?? new RegExp(`const ${constant} = '([^']+)'`).exec(text)?.[1];
      assert.ok(name !== undefined, `the value of ${constant} is not in its file`);
      return { name, type: (kind as string).toLowerCase(), worker };
    });
  });
}

describe('the reference of metrics', () => {
  const rows = metricRows();

  it('has each metric of the sources with its type, under the worker that has it', () => {
    const found = metricsInSources();
    assert.ok(found.length > 30, 'the search finds the metrics at all');
    const text = ({ name, type, worker }: { name: string; type: string; worker: string | null }) =>
      `${worker ?? 'all'} ${name} ${type}`;
    assert.deepEqual(rows.map(text).sort(), found.map(text).sort());
  });

  it('gives each a meaning, and a name that ends as Prometheus asks', () => {
    for (const { name, type, help } of rows) {
      assert.match(help, /^\S.{10,}/, `${name} lacks a meaning`);
      assert.equal(type === 'counter', name.endsWith('_total'), name);
    }
  });
});

describe('the reference of error codes', () => {
  it('gives each a meaning and what to do', () => {
    for (const [code, { meaning, remedy }] of Object.entries(ERROR_CODES)) {
      assert.match(meaning, /\S/, `${code} lacks a meaning`);
      assert.match(remedy, /\S.*[.]$/, `${code} lacks what to do`);
    }
  });
});

describe('the reference of topics', () => {
  const topics = [...loadTopics().values()];
  /** Workers, commands by their first two words, and what is outside. */
  const known = new Set([
    ...WORKERS.map(({ name }) => name),
    ...commandEntries().map(({ name }) => `tactus ${name.split(' ')[0]}`),
    'your producers',
    'your consumers',
  ]);

  it('names who writes and reads each', () => {
    for (const { name, writtenBy, readBy } of topics)
      for (const who of [...writtenBy, ...readBy]) assert.ok(known.has(who), `${name}: ${who}`);
  });

  it('has every reader that brokers know, and no other of those workers', () => {
    const heard = readFixture<Record<string, { read: string[] }>>(PRESENT, 'workers');
    for (const [worker, { read }] of Object.entries(heard)) {
      const name = worker === 'dlq replay' ? 'tactus dlq' : worker;
      const declared = topics.filter(({ readBy }) => readBy.includes(name)).map((topic) => topic.name);
      const found = read.map((topic) => topic.slice('p.'.length));
      // The configuration decides on more that the sink may read.
      const optional = worker === 'sink' ? ['corrections', 'rollups'] : [];
      assert.deepEqual([...found, ...optional].sort(), declared.sort(), name);
    }
  });

  it('has every writer whose outputs are pinned', () => {
    const pinned = { ingest: 'ingest', windowing: 'windowing', anomaly: 'anomaly', joins: 'alerting' };
    const others = { 'alerts-of-windows': 'alerting', 'alerts-of-anomalies': 'alerting' };
    for (const [fixture, worker] of Object.entries({ ...pinned, ...others })) {
      const text = JSON.stringify(readFixture<object>(PRESENT, fixture));
      const written = new Set([...text.matchAll(/"topic":"([a-z.]+)","key"/g)].map(([, topic]) => topic));
      const outputs = topics.filter(({ name }) => written.has(name));
      assert.ok(outputs.length > 0, fixture);
      for (const { name, writtenBy } of outputs)
        assert.ok(writtenBy.includes(worker), `${name} is written by ${worker}`);
    }
  });
});

describe('the reference of commands', () => {
  const entries = commandEntries();

  it('gives each command, argument and option a meaning, and an example', () => {
    for (const { name, command, help } of entries) {
      assert.match(command.description(), /\S/, `${name} lacks a description`);
      for (const { flags, description } of command.options)
        assert.match(description, /\S/, `${name} ${flags} lacks a description`);
      assert.match(help, /\nExamples?\b/, `${name} lacks an example`);
    }
    assert.ok(entries.length > 20);
  });
});
