import { messagesOf } from './bridge-frames.js';

/** Settings of a session that differ from the server's own defaults, by name. */
export type Settings = ReadonlyMap<string, string>;

/**
 * What every session starts with. The WebAssembly server is started with settings of its own for
 * these (no sequential scans, only `public` or `pg_catalog` in the path); here they are PostgreSQL's.
 */
export const BASE_SETTINGS: Settings = new Map([
  ['client_min_messages', 'notice'],
  ['enable_seqscan', 'on'],
  ['search_path', '"$user", public'],
]);

/** Parameters of a start-up message that are not settings. */
const NOT_SETTINGS = new Set(['user', 'database', 'replication', 'options', 'client_encoding']);

/** Lists what the client has set; not the state of a transaction, which is over by then. */
export const CAPTURE_SETTINGS = `SELECT name, setting FROM pg_settings
  WHERE source = 'session' AND name NOT LIKE 'transaction\\_%' AND name NOT IN ('seed', 'session_authorization')
  ORDER BY name`;

/** One text for equal settings, whatever their order. */
export function settingsKey(settings: Settings): string {
  return JSON.stringify([...settings].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** SQL that leaves the session with exactly these settings. */
export function applySettings(settings: Settings): string {
  const calls = [...settings].map(
    ([name, value]) => `set_config(${literal(name)}, ${literal(value)}, false)`,
  );
  return `RESET ALL; SELECT ${calls.join(', ')}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The settings that a start-up message asks for: its parameters, and `-c name=value` in `options`,
 * on top of the base.
 */
export function startupSettings(parameters: ReadonlyMap<string, string>): Settings {
  const settings = new Map(BASE_SETTINGS);
  for (const [name, value] of parameters)
    if (!NOT_SETTINGS.has(name) && !name.startsWith('_pq_.')) settings.set(name, value);
  const options = parameters.get('options') ?? '';
  for (const [, name, value] of options.matchAll(/(?:-c\s*|--)([\w.]+)=((?:\\.|\S)*)/g))
    if (name !== undefined) settings.set(name, (value ?? '').replace(/\\(.)/g, '$1'));
  return settings;
}

/** Rows of two text columns out of the answer to a simple query, as a map. */
export function pairsOf(answer: Buffer): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const { type, body } of messagesOf(answer)) {
    if (type !== 'D') continue;
    const keyLength = body.readInt32BE(2);
    const key = body.toString('utf8', 6, 6 + keyLength);
    pairs.set(key, body.toString('utf8', 10 + keyLength));
  }
  return pairs;
}
