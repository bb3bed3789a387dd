import { type Static, Type } from 'typebox';
import type { RuleConfig } from '../../../schemas/types.js';
import { recordingProblems } from '../../../shared/alerting/rules/recordings.js';
import { MAX_RULES, PART_OF_TENANT, tooMany } from '../../../shared/alerting/rules/rule.js';
import { ownRuleConfig, ownRuleId, ruleOf } from '../../../shared/alerting/rules/rule-config.js';
import { entryOf } from '../../../shared/control/audit-entry.js';
import { attempt, TactusError } from '../../../shared/core/errors.js';
import type { Asking } from '../access/asking.js';
import { accessFor } from '../acting/acting.js';
import type { Api, Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { HttpProblem, PROBLEMS } from '../http/problem.js';
import { findRecordedTimes } from '../queries/recorded-times.js';
import { findRuleStates } from '../queries/rule-states.js';
import { allRules } from '../rules/all-rules.js';
import { compareRules, type TenantRule } from '../rules/rules-of-tenant.js';
import { OneAtATime } from './one-at-a-time.js';
import { found, IdPath, Nothing, TenantQuery, WriteHeaders } from './requests.js';
import {
  ListedRule,
  type ListedState,
  listedRule,
  NewRule,
  Origin,
  ownRule,
  Rule,
  RuleBody,
  ruleItem,
  valuesOf,
} from './rule-item.js';
import type { ApiServices } from './services.js';

/**
 * Rules of a tenant, and those of others that are about it. What it makes is for its own series alone; it is also made and
 * changed below `alerts`.
 */
export function ruleRoutes(services: ApiServices): Routes {
  const one = new OneAtATime('rule');
  return (api) => {
    api.get(
      '/rules',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'listRules',
          summary: 'The rules that the tenant has made for itself, and all others that are about it, by name',
          tags: ['rules'],
          querystring: Type.Object(
            { ...TenantQuery.properties, origin: Type.Optional(Origin), ...PageQuery },
            { additionalProperties: false },
          ),
          response: { 200: Page(ListedRule), ...PROBLEMS },
        },
      },
      async ({ query: { cursor, limit, origin }, asking, gone }) => {
        const after = placeOf(cursor, ['string', 'string']) as [string, string] | null;
        const rows = (await allRules(services, asking)).filter(
          (rule) =>
            (origin === undefined || rule.origin === origin) &&
            (after === null || compareRules([rule.name, rule.origin], after) > 0),
        );
        const shown = rows.slice(0, limit + 1);
        const stateOf = await ruleStates(services, asking, shown, gone);
        return pageOf(
          shown,
          limit,
          ({ name, origin }) => [name, origin],
          (rule) => listedRule(rule, stateOf(rule)),
        );
      },
    );
    api.get(
      '/rules/:id',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'getRule',
          summary: 'One rule by its name; of several of that name the one that the tenant has made',
          tags: ['rules'],
          params: IdPath,
          querystring: Type.Object(
            { ...TenantQuery.properties, origin: Type.Optional(Origin) },
            { additionalProperties: false },
          ),
          response: { 200: ListedRule, ...PROBLEMS },
        },
      },
      async ({ params: { id }, query: { origin }, asking, gone }) => {
        const rule = (await allRules(services, asking)).find(
          (one) => one.name === id && (origin === undefined || one.origin === origin),
        );
        const one = found(rule, 'rule', id);
        const stateOf = await ruleStates(services, asking, [one], gone);
        return listedRule(one, stateOf(one));
      },
    );
    for (const path of ['rules', 'alerts'] as const) addChanges(api, services, one, path);
  };
}

/** Making, replacing and removing rules, below `rules` and below `alerts`. */
function addChanges(api: Api, services: ApiServices, one: OneAtATime, path: 'rules' | 'alerts'): void {
  const { acting } = services;
  const suffix = path === 'rules' ? '' : 'OfAlerts';
  const common = { tags: [path], querystring: TenantQuery, headers: WriteHeaders };
  api.post(
    `/${path}`,
    {
      config: { right: 'operate' },
      schema: {
        operationId: `createRule${suffix}`,
        summary: "Make an alert or recording rule for the tenant's own series",
        ...{ ...common, body: NewRule, response: { 201: Rule, ...PROBLEMS } },
      },
    },
    async (request, reply) =>
      await acting.once.answer(request, reply, 201, async () => {
        const { body, asking } = request;
        const { name, ...rest } = body;
        return await one.change(asking.tenantId, name, async () => {
          if ((await ownRule(acting, asking.tenantId, name)) !== undefined)
            throw new HttpProblem(
              409,
              'TACTUS_CONFLICT',
              `name: there is a rule ${JSON.stringify(name)} already; PUT replaces it`,
            );
          await refuseOthers(services, asking, name);
          return await write(services, asking, name, rest);
        });
      }),
  );
  api.put(
    `/${path}/:id`,
    {
      config: { right: 'operate' },
      schema: {
        operationId: `replaceRule${suffix}`,
        summary: 'Make a rule, or put it in the place of the one of that name',
        ...{ ...common, params: IdPath, body: RuleBody, response: { 200: Rule, ...PROBLEMS } },
      },
    },
    async (request, reply) =>
      await acting.once.answer(request, reply, 200, async () => {
        const { params, asking, body } = request;
        return await one.change(asking.tenantId, params.id, async () => {
          await refuseOthers(services, asking, params.id);
          return await write(services, asking, params.id, body);
        });
      }),
  );
  api.delete(
    `/${path}/:id`,
    {
      config: { right: 'operate' },
      schema: {
        operationId: `removeRule${suffix}`,
        summary: 'Remove a rule; its alerts are resolved',
        ...{ ...common, params: IdPath, response: { 204: Nothing, ...PROBLEMS } },
      },
    },
    async (request, reply) =>
      await acting.once.answer(request, reply, 204, async () => {
        const { params, asking } = request;
        const { caller, tenantId } = asking;
        await one.change(tenantId, params.id, async () => {
          await refuseOthers(services, asking, params.id);
          const { id: key } = found(await ownRule(acting, tenantId, params.id), 'rule', params.id);
          const access = accessFor(acting, caller);
          await access.write({
            changes: [{ topic: 'control.rules', key, value: null }],
            entries: [entryOf(access, 'rule.remove', tenantId, `rule/${params.id}`)],
          });
        });
        return null;
      }),
  );
}

/** @throws HttpProblem 409 where a rule of that name is not the tenant's own, and the tenant has none */
async function refuseOthers(services: ApiServices, asking: Asking, name: string): Promise<void> {
  const [first] = (await allRules(services, asking)).filter((rule) => rule.name === name);
  if (first === undefined || first.origin === 'api') return;
  const where = first.origin === 'file' ? 'RULES_FILE' : 'control.rules';
  throw new HttpProblem(
    409,
    'TACTUS_CONFLICT',
    `name: the rule ${JSON.stringify(name)} is of ${where}, where alone it can be changed; allowed is another name`,
  );
}

/** Checks a rule, together with the others of the tenant, and puts it in force. */
async function write(
  services: ApiServices,
  asking: Asking,
  name: string,
  body: Static<typeof RuleBody>,
): Promise<Static<typeof Rule>> {
  const { caller, tenantId } = asking;
  const access = accessFor(services.acting, caller);
  const { enabled = true } = body;
  const config = checked(() =>
    ownRuleConfig(tenantId, valuesOf(name, body), { enabled, updatedAt: access.clock.now() }),
  );
  const all = await access.latest('control.rules');
  const others = (await rulesOf(services, asking)).filter(({ id }) => id !== config.id);
  // Those that are switched off have their place too.
  const known = [...others, config].flatMap((one) => attempt(() => ruleOf(one)).value ?? []);
  if (all.size >= MAX_RULES && !all.has(config.id))
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      `at most ${MAX_RULES} rules are allowed for all tenants together, and there are as many`,
    );
  const full = tooMany(known, PART_OF_TENANT);
  if (full !== null)
    throw new TactusError('TACTUS_REQUEST_INVALID', `${full} for one tenant: remove others first`);
  const conflict = enabled ? conflictOf(services, tenantId, config, others) : null;
  if (conflict !== null) throw new TactusError('TACTUS_REQUEST_INVALID', conflict);
  await access.write({
    changes: [{ topic: 'control.rules', key: config.id, value: config }],
    entries: [
      entryOf(access, 'rule.apply', tenantId, `rule/${name}`, {
        ...{ expr: config.expression, enabled: String(enabled) },
      }),
    ],
  });
  return ruleItem(config);
}

/** Why a rule cannot record what it does beside those in force, or one of these beside it. */
function conflictOf(
  { fileRules }: ApiServices,
  tenantId: string,
  config: RuleConfig,
  others: readonly RuleConfig[],
): string | null {
  const inForce = [
    ...fileRules.current.rules.map(({ rule }) => rule),
    ...others.filter(({ enabled }) => enabled).flatMap((one) => attempt(() => ruleOf(one)).value ?? []),
  ];
  const before = recordingProblems(inForce);
  const after = recordingProblems([...inForce, ruleOf(config)]);
  const [, conflict = null] = [...after].find(([name]) => !before.has(name)) ?? [];
  // Its rules are known to the tenant by their own names.
  return conflict?.replaceAll(ownRuleId(tenantId, ''), '') ?? null;
}

async function ruleStates(
  { database }: ApiServices,
  { tenantId }: Asking,
  rules: readonly TenantRule[],
  gone: AbortSignal,
): Promise<(rule: TenantRule) => ListedState> {
  return await database.read(tenantId, 'finding the states of rules', gone, async (reader) => {
    const states = await findRuleStates(reader);
    const recorded = await findRecordedTimes(reader, rules);
    return ({ id }) => ({ ...states(id), recordedAt: recorded.get(id) ?? null });
  });
}

async function rulesOf({ acting }: ApiServices, { tenantId }: Asking): Promise<RuleConfig[]> {
  const rules = [...(await acting.control.as('').latest('control.rules')).values()];
  const prefix = ownRuleId(tenantId, '');
  return rules.filter(({ id, tenantGlob }) => tenantGlob === tenantId && id.startsWith(prefix));
}

function checked<T>(work: () => T): T {
  const { value, problem } = attempt(work);
  if (problem === null) return value;
  throw new TactusError('TACTUS_REQUEST_INVALID', problem);
}
