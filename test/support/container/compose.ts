import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../../shared/files/package-root.js';

/** A service of docker-compose.yml, as far as tests look at it. */
export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly args: Readonly<Record<string, string>> };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** The versions that `.env` names. */
export function composeVersions(): Readonly<Record<string, string>> {
  const lines = readFileSync(join(packageRoot(), '.env'), 'utf8').split('\n');
  return Object.fromEntries(
    lines.filter((line) => /^\w/.test(line)).map((line) => line.split('=', 2) as [string, string]),
  );
}

/** docker-compose.yml with the variables of `.env` in their places. @throws Error for one that it does not set */
export function readCompose(): Compose {
  const versions = composeVersions();
  const text = readFileSync(join(packageRoot(), 'docker-compose.yml'), 'utf8');
  const filled = text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, name: string, otherwise?: string) => {
    const value = versions[name] ?? otherwise;
    if (value === undefined) throw new Error(`.env does not set ${name}`);
    return value;
  });
  return parse(filled, { merge: true }) as Compose;
}

/** The variables of a service. */
export function environmentOf({ environment = {} }: ComposeService): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}

/** Those that run what this project builds. */
export function ownServices({ services }: Compose): [string, ComposeService][] {
  return Object.entries(services).filter(([, { image }]) => image === 'tactus');
}
