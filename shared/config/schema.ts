import { alerting } from './sections/alerting.js';
import { anomaly } from './sections/anomaly.js';
import { api } from './sections/api.js';
import { batch } from './sections/batch.js';
import { collector } from './sections/collector.js';
import { gateway } from './sections/gateway.js';
import { ingest } from './sections/ingest.js';
import { keys } from './sections/keys.js';
import { oidc } from './sections/oidc.js';
import { build, cost, debug, http, log, shutdown } from './sections/process.js';
import { type Profile, profile } from './sections/profile.js';
import { quotas } from './sections/quotas.js';
import { tls } from './sections/security.js';
import { database, kafka, redis, registry } from './sections/servers.js';
import { sink } from './sections/sink.js';
import { tracing } from './sections/tracing.js';
import { windowing } from './sections/windowing.js';

/** One configuration key as the schema declares it. */
export interface KeyDeclaration {
  readonly doc: string;
  /** The texts that are allowed, or a function that throws what is. */
  readonly format: readonly string[] | ((value: unknown) => void);
  readonly default: string | number | boolean;
  /** Defaults of profiles that have another one. */
  readonly profiles?: Readonly<Partial<Record<Profile, string | number | boolean>>>;
  readonly env: string;
  /** Never shown. */
  readonly sensitive?: boolean;
  /** Its value is one or more addresses, which are shown without credentials. */
  readonly address?: boolean;
}

/**
 * Every configuration key, its default, its environment variable and its documentation.
 * Sections hold the keys of one concern; `tactus config` prints the effective values.
 */
export const configSchema = {
  profile,
  kafka,
  registry,
  database,
  redis,
  tls,
  http,
  build,
  cost,
  debug,
  log,
  shutdown,
  tracing,
  keys,
  oidc,
  gateway,
  api,
  quotas,
  ingest,
  windowing,
  sink,
  batch,
  anomaly,
  alerting,
  collector,
} as const;

type Widen<T> = T extends number ? number : T extends boolean ? boolean : string;
type Properties<S> = {
  readonly [K in keyof S]: S[K] extends { default: infer D } ? Widen<D> : Properties<S[K]>;
};

/** The effective configuration of a process; see `sections/` for units and meaning. */
export type Config = Properties<typeof configSchema>;
