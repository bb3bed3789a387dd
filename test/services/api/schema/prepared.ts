import { randomBytes } from 'node:crypto';
import { TOTP } from 'otpauth';
import { emptyTally } from '../../../../shared/windows/tally.js';
import { type ApiAnswer, ApiFixture } from '../../../support/api-fixture.js';
import { PROGRAM, runTactus } from '../../../support/command-line.js';
import { tactus } from '../../../support/gateway-keys.js';
import { PlainClient } from '../../../support/plain-client.js';
import { refusePoints } from '../../../support/refused-points.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';
import {
  CLIENT,
  type LocalProvider,
  localProvider,
  REDIRECT_URL,
  throughProvider,
} from '../people/local-provider.js';

const PASSWORD = 'correct horse battery staple';
const RULES = 'rules: [{ name: Slow, window: 10s, expr: mean > 300.0 }]';
const RULE = { window: '10s', metric: 'latency', expr: 'mean > 300.0', for: '1m' };
const DASHBOARD = { title: 'Checkout', spec: { panels: [] } };

/** Of a slot and a window of it, some days ago: others use the tables too. */
const WINDOW_START = new Date(Math.floor(Date.now() / 86_400_000 - 2) * 86_400_000);

/** In all that is stored of a tenant, and in no request. */
const markerOf = (tenant: string) => `marker-of-${tenant}`;

/** A request that is right at this moment, by the id of its operation. */
export interface RightRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A secret whose code of the moment that it is sent is a field of the body. */
  readonly secondFactorOf?: string;
}

export type RightRequests = Readonly<Record<string, RightRequest>>;

export const ROLE_NAMES = ['admin', 'operator', 'viewer', 'other', 'nobody'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

/** Who asks. */
export interface Asker {
  /** Named where the request names none. */
  readonly tenant: string;
  readonly login?: { readonly username: string; readonly password: string };
  /** Null presents none. */
  readonly key?: string | null;
  /** Texts that none of its answers may hold. */
  readonly hidden: readonly string[];
}

/** An API with something of everything, of one tenant and of another. */
export class PreparedApi {
  readonly tenant = `schema-${randomBytes(4).toString('hex')}`;
  readonly #other = `other-${this.tenant}`;
  #askers: Readonly<Record<RoleName, Asker>> | undefined;
  #root = '';

  private constructor(
    readonly api: ApiFixture,
    private readonly provider: LocalProvider,
  ) {}

  static async start(): Promise<PreparedApi> {
    const provider = await localProvider();
    const api = await ApiFixture.start('api-schema', {
      ...{ TACTUS_OIDC_ISSUER: provider.issuer, TACTUS_OIDC_REDIRECT_URL: REDIRECT_URL },
      ...{ TACTUS_OIDC_CLIENT_ID: CLIENT.id, TACTUS_OIDC_CLIENT_SECRET: CLIENT.secret },
    });
    const prepared = new PreparedApi(api, provider);
    // Past the workers, so that nobody may have asked before.
    await prepared.#store();
    await prepared.#people();
    return prepared;
  }

  async stop(): Promise<void> {
    await this.api.stop();
    await this.provider.close();
  }

  asker(role: RoleName): Asker {
    if (this.#askers === undefined) throw new Error('nobody is there yet');
    return this.#askers[role];
  }

  /** What workers would have written. */
  async #store(): Promise<void> {
    const { pool, prefix } = this.api;
    const tenants = [this.tenant, this.#other];
    for (const tenant of tenants) {
      const tags = JSON.stringify({ host: markerOf(tenant) });
      await pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT now() - n * interval '1 minute', $1, 'latency', $2::jsonb, n, $1 || n FROM generate_series(1, 30) n`,
        [tenant, tags],
      );
      await pool.query(
        `INSERT INTO tactus.events (time, tenant_id, type, id, attributes) VALUES (now(), $1, 'song_play', $1, $2::jsonb)`,
        [tenant, tags],
      );
      await pool.query(
        `INSERT INTO tactus.alerts (fingerprint, starts_at, rule, tenant_id, state, severity, labels, annotations, value, updated_at)
         VALUES ($2, now() - interval '5 minutes', 'Hot', $1, 'firing', 'warning', $3::jsonb, '{}', 95, now())`,
        [tenant, `alert-of-${tenant}`, tags],
      );
      await pool.query(
        `INSERT INTO tactus.reconciled ("window", start, tenant_id, tally, judged_at, "end", kind, group_by)
         VALUES ('10s', $2, $1, $3, now(), $2::timestamptz + INTERVAL '1 minute', 'aligned', '{}')`,
        [tenant, WINDOW_START, JSON.stringify({ ...emptyTally(), stored: 1 })],
      );
      await pool.query(
        `INSERT INTO tactus.differences ("window", slot, tenant_id, number, start, "end", metric, tags, cause, detail, stored_points,
           counted_points, late_points)
         VALUES ('10s', $2, $1, 1, $2, $2::timestamptz + INTERVAL '10 seconds', 'latency', '{}', 'missing', $3, 1, 0, 0)`,
        [tenant, WINDOW_START, markerOf(tenant)],
      );
    }
    await pool.query(
      `INSERT INTO tactus.anomalies SELECT now(), now(), id, tenant, 'latency', jsonb_build_object('host', marker), 'ewma', '10s', 9, 1, 0, 2, 0.9,
         'critical', 'too high', now() FROM unnest($1::text[], $2::text[], $3::text[]) AS a (id, tenant, marker)`,
      [tenants.map((tenant) => `anomaly-of-${tenant}`), tenants, tenants.map(markerOf)],
    );
    await refusePoints(
      new PlainClient(sharedServers(), prefix),
      prefix,
      tenants.map((tenant) => ({ tenant, value: Buffer.from(tenant), message: markerOf(tenant) })),
    );
  }

  async #people(): Promise<void> {
    const root = `root.${this.tenant}`;
    const args = ['users', 'add', root, '--role', 'admin', '--tenant', '*'];
    const { code, stderr } = await runTactus(args, this.api.env, PROGRAM, PASSWORD);
    if (code !== 0) throw new Error(stderr);
    const key = await this.api.key(this.#other, 'admin');
    await until(
      'the key to be known',
      async () => (await this.api.ask(key, '/api/v1/metrics')).status === 200,
    );
    this.#root = (await this.#login(root)).access_token;
    const login = async (role: 'operator' | 'viewer') => ({
      ...{ tenant: this.tenant, hidden: [markerOf(this.#other)] },
      login: { username: (await this.#user(role, role)).name, password: PASSWORD },
    });
    this.#askers = {
      admin: { tenant: this.tenant, hidden: [], login: { username: root, password: PASSWORD } },
      operator: await login('operator'),
      viewer: await login('viewer'),
      other: { tenant: this.#other, hidden: [markerOf(this.tenant)], key },
      nobody: { tenant: this.tenant, hidden: [this.tenant, this.#other].map(markerOf), key: null },
    };
  }

  /** Requests that an admin of all tenants is answered 2xx, each with things of its own to change and remove. */
  async requests(): Promise<RightRequests> {
    const salt = randomBytes(3).toString('hex');
    const [alert, letters] = [`alert-of-${this.tenant}`, { topic: 'ingest.*' }];
    const silence = { matchers: ['host="web-1"'], for: '1h' };
    const mute = { metric: 'latency', tags: { host: 'web-1' }, for: '1h' };
    const sensitive = (name: string) => ({ metric: `${name}-${salt}.*`, sensitivity: 0.7 });
    const sensitivity = async (name: string) => {
      const { id, etag } = await post('anomalies/sensitivities', sensitive(name));
      return { path: { id: id as string }, headers: { 'If-Match': etag as string } };
    };
    const user = (name: string) => this.#user(`${name}-${salt}`, 'viewer');
    const login = async (name: string) => await this.#login((await user(name)).name);
    const linked = this.#link((await user('linked')).name);
    const [shown, removed] = await Promise.all([user('shown'), user('removed')]);
    const [changed, secured, own] = await Promise.all([login('changed'), login('secured'), login('own')]);
    const [first, second, third] = await Promise.all([login('first'), login('second'), login('third')]);
    const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
    const post = async (path: string, body: unknown, token: string | null = this.#root) =>
      (await this.#post(path, body, token)).body;
    const rule = async (name: string) =>
      (await post('rules', { name: `${name}-${salt}`, ...RULE })).name as string;
    const key = async () => (await post('keys', { scopes: ['read'] })).id as string;
    const dashboard = async (name: string) => {
      const { body, headers } = await this.#post('dashboards', { id: `${name}-${salt}`, ...DASHBOARD });
      return { path: { id: body.id as string }, headers: { 'If-Match': headers.get('etag') ?? '' } };
    };
    const listed = await this.#send('GET', 'dead-letters?topic=ingest.*', undefined, this.#root, true);
    const shared = await dashboard('shared');
    const share = async () => await post(`dashboards/${shared.path.id}/shares`, {});
    const silenced = async () => (await post('silences', silence)).id as string;
    const silencedVersion = async () => {
      const { id, etag } = await post('silences', silence);
      return { path: { id: id as string }, headers: { 'If-Match': etag as string } };
    };
    const secret = (await post('auth/totp', { password: PASSWORD }, changed.access_token)).secret as string;
    const prepared = await post('auth/totp', { password: PASSWORD }, secured.access_token);
    const confirmed = await post(
      'auth/totp/confirm',
      { code: new TOTP({ secret: prepared.secret }).generate() },
      secured.access_token,
    );
    // What changes a second factor ends all access tokens.
    const renewed = await post('auth/refresh', { refresh_token: secured.refresh_token }, null);
    const gone = `gone-${salt}-${this.tenant}`;
    await this.#send('PUT', `tenants/${gone}`, { name: 'Gone' });
    const ruleNames = await Promise.all(['a', 'b', 'c', 'd'].map(rule));
    return {
      listMetricsOfTenant: { path: { tenantId: this.tenant } },
      queryMetric: { query: { metric: 'latency' } },
      aggregateMetric: { query: { metric: 'latency' } },
      listSeries: { query: { metric: 'latency' } },
      listDifferingWindows: { query: { window: '10s', start: WINDOW_START.toISOString() } },
      getWindowRecords: {
        query: { window: '10s', start: WINDOW_START.toISOString(), metric: 'latency' },
      },
      getAlert: { path: { id: alert } },
      acknowledgeAlert: { path: { fingerprint: alert }, body: {} },
      createSilence: { body: silence },
      previewSilence: { body: silence },
      getSilence: { path: { id: await silenced() } },
      replaceSilence: { ...(await silencedVersion()), body: { ...silence, for: '2h' } },
      endSilence: { path: { id: await silenced() } },
      listAlertNotifications: { path: { fingerprint: alert } },
      muteAnomalies: { body: mute },
      unmuteAnomalies: { path: { id: (await post('anomalies/mutes', mute)).id } },
      createAnomalySensitivity: { body: sensitive('made') },
      getAnomalySensitivity: { path: (await sensitivity('shown')).path },
      replaceAnomalySensitivity: { ...(await sensitivity('changed')), body: { sensitivity: 0.2 } },
      removeAnomalySensitivity: await sensitivity('removed'),
      createRule: { body: { name: `e-${salt}`, ...RULE } },
      createRuleOfAlerts: { body: { name: `f-${salt}`, ...RULE } },
      getRule: { path: { id: ruleNames[0] ?? '' } },
      replaceRule: { path: { id: ruleNames[0] ?? '' }, body: RULE },
      replaceRuleOfAlerts: { path: { id: ruleNames[1] ?? '' }, body: RULE },
      removeRule: { path: { id: ruleNames[2] ?? '' } },
      removeRuleOfAlerts: { path: { id: ruleNames[3] ?? '' } },
      checkRules: { body: { rules: RULES } },
      testRules: { body: { rules: RULES, tests: 'tests: []' } },
      backtestRules: { body: { rules: RULES } },
      createDashboard: { body: { id: `made-${salt}`, ...DASHBOARD } },
      getDashboard: { path: (await dashboard('shown')).path },
      replaceDashboard: { ...(await dashboard('replaced')), body: DASHBOARD },
      removeDashboard: await dashboard('removed'),
      listDashboardShares: { path: shared.path },
      shareDashboard: { path: shared.path, body: {} },
      revokeDashboardShare: { path: { ...shared.path, shareId: (await share()).id } },
      openDashboardShare: { body: { token: (await share()).token } },
      listDeadLetters: { query: letters },
      getAnomaly: { path: { id: `anomaly-of-${this.tenant}` } },
      getDeadLetter: { path: { id: listed.body.items[0].id } },
      replayDeadLetters: { body: { ...letters, dryRun: true } },
      getTenant: { path: { tenantId: gone } },
      setTenant: { path: { tenantId: `set-${salt}-${this.tenant}` }, body: { name: 'Acme' } },
      removeTenant: { path: { tenantId: gone } },
      createKey: { body: { scopes: ['read'] } },
      rotateKey: { path: { id: await key() }, body: {} },
      revokeKey: { path: { id: await key() } },
      addUser: { body: { name: `added-${salt}.${this.tenant}`, password: PASSWORD, role: 'viewer' } },
      getUser: { path: { id: shown.id } },
      setUserRole: { path: { id: shown.id }, body: { role: 'operator' } },
      setUserPassword: { path: { id: shown.id }, body: { password: PASSWORD } },
      removeUserTotp: { path: { id: shown.id } },
      endUserSessions: { path: { id: shown.id } },
      removeUser: { path: { id: removed.id } },
      loginByLink: { body: { link: await linked } },
      login: { body: { username: shown.name, password: PASSWORD } },
      refresh: { body: { refresh_token: first.refresh_token } },
      logout: { body: { refresh_token: second.refresh_token } },
      changeOwnPassword: {
        ...bearer(third.access_token),
        body: { password: PASSWORD, newPassword: `${PASSWORD} of somebody else` },
      },
      prepareTotp: { ...bearer(own.access_token), body: { password: PASSWORD } },
      confirmTotp: { ...bearer(changed.access_token), secondFactorOf: secret, body: {} },
      removeTotp: {
        ...bearer(renewed.access_token),
        body: { password: PASSWORD, code: confirmed.recovery_codes[0] },
      },
      endOidcLogin: await this.#federated(),
      prometheusQuery: { query: { query: 'latency' } },
      prometheusQueryRange: {
        query: { query: 'latency', start: '1700000000', end: '1700000600', step: '60' },
      },
      prometheusSeries: { query: { 'match[]': 'latency' } },
      prometheusLabelNameValues: { path: { name: 'host' } },
    };
  }

  /** Where the identity provider sends a browser back to. */
  async #federated(): Promise<RightRequest> {
    const subject = `sub-${randomBytes(3).toString('hex')}`;
    const name = `${subject}.${this.tenant}`;
    this.provider.people.set(subject, {
      preferred_username: name,
      'tactus-roles': [`${this.tenant}:viewer`],
    });
    const begun = await fetch(`${this.api.url}/api/v1/auth/oidc/login`, { redirect: 'manual' });
    const back = await throughProvider(begun.headers.get('location') ?? '', subject);
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    return { query: Object.fromEntries(back.searchParams), headers: { cookie } };
  }

  async #link(name: string): Promise<string> {
    const link = await tactus(['users', 'link', name, '--print'], this.api.env);
    return link.slice(link.indexOf('#login=') + '#login='.length);
  }

  async #user(name: string, role: string): Promise<{ readonly id: string; readonly name: string }> {
    return (await this.#post('users', { name: `${name}.${this.tenant}`, password: PASSWORD, role })).body;
  }

  async #login(username: string): Promise<{ readonly access_token: string; readonly refresh_token: string }> {
    return (await this.#post('auth/login', { username, password: PASSWORD }, null)).body;
  }

  async #post(path: string, body: unknown, token: string | null = this.#root): Promise<ApiAnswer> {
    return await this.#send('POST', path, body, token, token === this.#root);
  }

  async #send(
    method: string,
    path: string,
    body: unknown,
    token: string | null = this.#root,
    named = false,
  ): Promise<ApiAnswer> {
    const headers = named ? { 'x-scope-orgid': this.tenant } : {};
    const answer = await this.api.ask(token, `/api/v1/${path}`, { method, body, headers });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer;
  }
}
