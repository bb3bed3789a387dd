import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MONITORING } from '../../monitoring/generate.js';
import { ALERT_GROUPS } from '../../monitoring/prometheus/alerts/all.js';
import { REQUIRED_WORKERS } from '../../monitoring/prometheus/alerts/workers.js';
import { runbooksPage } from '../../monitoring/runbooks-page.js';
import { WORKERS } from '../../services/cli/program/workers.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { parseCommand } from '../support/parse-command.js';

const alerts = ALERT_GROUPS.flatMap((group) => group.alerts);

describe('what is generated for monitoring', () => {
  for (const [path, render] of Object.entries(MONITORING))
    it(`is what the code gives (else: npm run generate): ${path}`, () => {
      const kept = readFileSync(join(packageRoot(), path), 'utf8').split('\n');
      const rendered = render().split('\n');
      const differ = (line: string, i: number) => line !== kept[i];
      assert.deepEqual([rendered.find(differ), kept.length], [undefined, rendered.length]);
    });
});

describe('the rules', () => {
  it('miss every worker but the optional one', () => {
    const names = WORKERS.map(({ name }) => name).filter((name) => name !== 'collector');
    assert.deepEqual([...REQUIRED_WORKERS].sort(), names.sort());
  });

  it('have names of their own', () => {
    assert.equal(new Set(alerts.map(({ name }) => name)).size, alerts.length);
  });
});

describe('the runbooks', () => {
  const page = runbooksPage();
  const anchors = new Set(
    [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    ),
  );

  it('have a section for the runbook_url of each alert, and for each link', () => {
    const urls = MONITORING['monitoring/prometheus/rules.yml']?.().matchAll(/runbook_url: (\S+?)#(\S+)/g);
    const links = [...(urls ?? [])].map(([, path, anchor]) => {
      assert.equal(path, 'monitoring/README.md');
      return anchor as string;
    });
    assert.equal(links.length, alerts.length);
    for (const [, anchor = ''] of page.matchAll(/\]\(#([^)]+)\)/g)) links.push(anchor);
    for (const anchor of links) assert.ok(anchors.has(anchor), anchor);
  });

  it('name commands that there are', () => {
    const ours = [...page.matchAll(/(?:npx|compose run --rm) tactus ([^`\n]+)/g)].map(([, args = '']) =>
      args.trim().split(/\s+/),
    );
    assert.ok(ours.length > 10);
    for (const args of ours) assert.doesNotThrow(() => parseCommand(args), args.join(' '));
  });
});
