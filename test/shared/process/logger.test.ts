import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BurstFilter } from '../../../shared/process/burst-filter.js';
import { createLogger, LogLevel } from '../../../shared/process/logger.js';

function lines() {
  const written: string[] = [];
  const destination = {
    write: (line: string) => void written.push((JSON.parse(line) as { msg: string }).msg),
  };
  return { written, destination };
}

describe('a burst of lines with the same text', () => {
  it('is written in part, and counted once it is over', () => {
    const filter = new BurstFilter();
    const passed = Array.from({ length: 100 }, (_, i) => filter.lets('no leader', i)).filter(Boolean);
    assert.equal(passed.length, 20);
    assert.ok(filter.lets('another', 100));
    assert.deepEqual(filter.due(9_999), []);
    assert.deepEqual(filter.due(10_100), [{ text: 'no leader', lines: 80 }]);
    assert.ok(filter.lets('no leader', 10_101));
  });

  it('takes bounded memory, whatever the texts are', () => {
    const filter = new BurstFilter();
    for (let i = 0; i < 10_000; i += 1) assert.ok(filter.lets(`text ${i}`, 0));
    assert.ok(Array.from({ length: 30 }, () => filter.lets('text 9999', 0)).every(Boolean), 'not counted');
  });

  it('never leaves out what ends a worker', () => {
    const { written, destination } = lines();
    const log = createLogger('test', 'info', { destination, leftOut: () => {} });
    for (let i = 0; i < 50; i += 1) log.fatal('ends');
    for (let i = 0; i < 50; i += 1) log.child({ partition: i }).warn({ i }, 'same');
    assert.equal(written.filter((text) => text === 'ends').length, 50);
    assert.equal(written.filter((text) => text === 'same').length, 20);
  });
});

describe('the level of a log', () => {
  it('changes for the logger and for those made of it before, and is said whatever it is', () => {
    const { written, destination } = lines();
    const level = new LogLevel('error');
    const log = createLogger('test', 'error', { destination, level });
    const child = log.child({ partition: 1 });
    child.info('not yet');
    level.change('debug', 'a test', log);
    child.debug('now');
    level.change('silent', 'a test', log);
    child.fatal('not any more');
    assert.deepEqual(written, ['log level debug', 'now', 'log level silent']);
  });
});
