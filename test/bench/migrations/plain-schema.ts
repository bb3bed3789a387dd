import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../shared/files/package-root.js';

/** What only TimescaleDB can do, and what reads its roll-ups. */
const ITS_OWN = /hypertable|timescaledb|_policy\(|add_job|continuous|rollup_1[mhd]\b|time_bucket/i;
/** Comments, texts, bodies of functions, and what ends a statement. */
const PARTS = /--[^\n]*|'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|;|[\s\S]/g;

/** Writes the migrations to a folder without what only TimescaleDB can do; tables and indexes stay, as plain ones. */
export function writePlainSchema(folder: string): void {
  const sql = join(packageRoot(), 'schemas', 'sql');
  for (const name of readdirSync(sql)) {
    const kept = statementsOf(readFileSync(join(sql, name), 'utf8')).filter((each) => !ITS_OWN.test(each));
    writeFileSync(join(folder, name), kept.join('\n'));
  }
}

function statementsOf(text: string): string[] {
  const statements: string[] = [];
  let statement = '';
  for (const [part] of text.matchAll(PARTS)) {
    if (part.startsWith('--')) continue;
    statement += part;
    if (part !== ';') continue;
    statements.push(statement.trim());
    statement = '';
  }
  return statements;
}
