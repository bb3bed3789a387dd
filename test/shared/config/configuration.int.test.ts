import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { WorkerProcess } from '../../support/worker-process.js';

const folder = mkdtempSync(join(tmpdir(), 'tactus-config-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('a configuration error', { timeout: 240_000 }, () => {
  after(() => rmSync(folder, { recursive: true }));

  const cases: [title: string, command: string, env: Record<string, string>, says: RegExp][] = [
    ['a port out of range', 'ingest', { METRICS_PORT: '99999' }, /METRICS_PORT.*0 to 65535.*99999/],
    [
      'brokers without a port',
      'ingest',
      { KAFKA_BROKERS: 'somewhere' },
      /KAFKA_BROKERS.*host:port.*somewhere/,
    ],
    ['a log level that does not exist', 'sink', { LOG_LEVEL: 'loud' }, /LOG_LEVEL.*"info".*loud/],
    ['text for a number', 'ingest', { TACTUS_MAX_TAGS: 'many' }, /TACTUS_MAX_TAGS.*integer.*many/],
    [
      'an unknown variable',
      'batch',
      { TACTUS_MAX_TAG: '3' },
      /TACTUS_MAX_TAG: unknown variable; did you mean TACTUS_MAX_TAGS\?/,
    ],
    [
      'an unknown key in the file',
      'ingest',
      { TACTUS_CONFIG_FILE: file('unknown.yaml', 'kafka:\n  broker: x:1\n') },
      /kafka\.broker/,
    ],
    [
      'a window definition with a misspelt key',
      'windowing',
      { WINDOWS_FILE: file('windows.yaml', 'windows:\n  - name: a\n    sise: 10s\n') },
      /windows\.yaml:3:5: windows\[0\]\.sise: unknown key; did you mean "size"\? allowed: name/,
    ],
    [
      'a window that is too long',
      'windowing',
      { WINDOWS_FILE: file('long.yaml', 'windows:\n  - name: a\n    size: 120m\n') },
      /long\.yaml:3:11: windows\[0\]\.size: must be from 1ms to 60m.*"120m"/,
    ],
    ['a rules file that is not there', 'alerting', { RULES_FILE: join(folder, 'none.yaml') }, /none\.yaml/],
    [
      'a target that nobody knows',
      'sink --only timescale,s3',
      {},
      /--only: .*timescale, redis.*timescale,s3/,
    ],
  ];
  for (const [title, command, env, says] of cases) {
    it(`ends ${command} with code 78 and one line on ${title}`, async () => {
      const [worker = '', ...args] = command.split(' ');
      const process = new WorkerProcess(worker, { LOG_LEVEL: 'silent', ...env }, args);
      assert.equal((await process.exited).code, 78, process.output);
      const lines = process.output.split('\n');
      assert.equal(lines.length, 1, process.output);
      assert.match(lines[0] as string, says);
    });
  }
});
