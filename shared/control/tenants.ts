import type { AlertControl, AnomalySensitivity, ApiKey, RuleConfig } from '../../schemas/types.js';
import type { TopicName } from '../../topics/names.js';
import { isMute } from '../alerting/mutes.js';
import { configOf, loadTenants, parseTenants, profileOf } from '../catalog/tenants-file.js';
import { keySecret } from '../config/key-secret.js';
import { type Attempt, attempt, TactusError } from '../core/errors.js';
import { readNamed } from '../files/read-text.js';
import type { ControlChange } from '../runners/control-records.js';
import {
  EVERY_TENANT,
  mergedProfile,
  NO_PROFILE,
  type TenantProfile,
  type TenantProfiles,
} from '../tenancy/profile.js';
import { entryOf } from './audit-entry.js';
import { canonical } from './canonical.js';
import type { ControlAccess } from './control-access.js';
import { entry as keyEntry, listKeysOf, revokedOf } from './keys.js';

/** Where a tenant is set up: one of `TENANTS_FILE` is changed there and nowhere else. */
export type TenantSource = 'file' | 'topic';

export interface ListedTenant {
  readonly id: string;
  readonly source: TenantSource;
  readonly profile: TenantProfile;
  /** Why its record sets nothing; null where it does. */
  readonly problem: string | null;
}

/** The tenants of `TENANTS_FILE` and of `control.tenants`, by their ids. Waits for servers. */
export async function listTenants(access: ControlAccess): Promise<ListedTenant[]> {
  const file = fileOf(access);
  const records = await profilesOf(access);
  const listed = [...new Set([...file.keys(), ...records.keys()])].map((id): ListedTenant => {
    const { value, problem = null } = records.get(id) ?? {};
    const ofTopic = value ?? NO_PROFILE;
    const ofFile = file.get(id);
    const profile = ofFile === undefined ? ofTopic : mergedProfile([ofFile, ofTopic]);
    return { id, source: ofFile === undefined ? 'topic' : 'file', profile, problem };
  });
  return listed.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What the records of `control.tenants` set; those that nobody can read are there too, since they make their tenants known. */
async function profilesOf(access: ControlAccess): Promise<Map<string, Attempt<TenantProfile>>> {
  const unreadable = new Map<string, Attempt<TenantProfile>>();
  const records = await access.latest('control.tenants', (id, problem) =>
    unreadable.set(id, { value: null, problem }),
  );
  return new Map([
    ...unreadable,
    ...[...records].map(([id, record]) => [id, attempt(() => profileOf(id, record))] as const),
  ]);
}

/**
 * Writes the tenants of a file to `control.tenants`, as {@link applyProfiles} does.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` for a file with a mistake, and for a tenant of `TENANTS_FILE`
 */
export async function applyTenants(access: ControlAccess, path: string): Promise<string[]> {
  return await applyProfiles(access, parseTenants(readNamed('the file of tenants', path), path));
}

/**
 * Writes profiles to `control.tenants`, where they differ; tenants that are not among them stay. Waits for servers.
 *
 * @returns the ids of those that were written
 * @throws TactusError `TACTUS_CONFIG_INVALID` for a tenant of `TENANTS_FILE`
 */
export async function applyProfiles(access: ControlAccess, wanted: TenantProfiles): Promise<string[]> {
  const file = fileOf(access);
  for (const id of wanted.keys()) refuseReadOnly(access, file, id);
  const records = await access.latest('control.tenants');
  const now = access.clock.now();
  const changed = [...wanted].filter(([id, profile]) => {
    const record = records.get(id);
    const same = { ...configOf(id, profile, record?.updatedAt ?? 0) };
    return record === undefined || canonical(same) !== canonical(record);
  });
  await access.write({
    changes: changed.map(([id, profile]) => ({
      topic: 'control.tenants',
      key: id,
      value: configOf(id, profile, now),
    })),
    entries: changed.map(([id]) => entryOf(access, 'tenant.apply', id, `tenant/${id}`)),
  });
  return changed.map(([id]) => id);
}

/** What goes with a tenant. */
export interface Removal {
  readonly id: string;
  /** Its keys that are in force; they are revoked. */
  readonly keys: readonly ApiKey[];
  /** The rules of `control.rules` that are for it alone, by their ids. */
  readonly rules: ReadonlyMap<string, RuleConfig>;
  /** The silences in force that are about its alerts, by their keys; they end. */
  readonly silences: ReadonlyMap<string, AlertControl>;
  /** What is set for its metrics, by keys; it is removed. */
  readonly sensitivities: ReadonlyMap<string, AnomalySensitivity>;
  /** Keys of the acknowledgements of its alerts; they are removed. */
  readonly acknowledgements: readonly string[];
}

/**
 * What {@link removeTenant} would do; null where `control.tenants` does not have the tenant. Waits for servers.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` for a tenant of `TENANTS_FILE`
 */
export async function planRemoval(access: ControlAccess, id: string): Promise<Removal | null> {
  refuseReadOnly(access, fileOf(access), id);
  if (!(await profilesOf(access)).has(id)) return null;
  // What is set for all is a profile and no tenant: keys and rules for all stay.
  if (id === EVERY_TENANT)
    return {
      ...{ id, keys: [], rules: new Map(), silences: new Map() },
      ...{ sensitivities: new Map(), acknowledgements: [] },
    };
  const keys = (await listKeysOf(access, id))
    .filter(({ state }) => state === 'in force')
    .map(({ key }) => key);
  const rules = [...(await access.latest('control.rules'))];
  const controls = [...(await access.latest('control.alerts'))].filter(([, { tenantId }]) => tenantId === id);
  const sensitivities = [...(await access.latest('control.sensitivities'))];
  const now = access.clock.now();
  return {
    ...{ id, keys },
    sensitivities: new Map(sensitivities.filter(([, { tenantId }]) => tenantId === id)),
    rules: new Map(rules.filter(([, { tenantGlob }]) => tenantGlob === id)),
    silences: new Map(
      controls.filter(([, one]) => (one.kind === 'silence' || isMute(one)) && one.endsAt > now),
    ),
    acknowledgements: controls
      .filter(([, one]) => one.kind === 'acknowledgement' && !isMute(one))
      .map(([key]) => key),
  };
}

/** Does what {@link planRemoval} has found: the profile goes last, so that what was cut short can be repeated. Waits for servers. */
export async function removeTenant(access: ControlAccess, removal: Removal): Promise<void> {
  const { id, keys, rules, silences, sensitivities, acknowledgements } = removal;
  const now = access.clock.now();
  const revoked = keys.length === 0 ? [] : keys.map((key) => revokedOf(key, keySecret(access.config), now));
  const changes: ControlChange<TopicName>[] = [
    ...revoked.map((value) => ({ topic: 'control.keys', key: value.id, value }) as const),
    ...[...rules.keys()].map((key) => ({ topic: 'control.rules', key, value: null }) as const),
    ...[...silences].map(([key, silence]) => {
      const value = { ...silence, endsAt: now };
      return { topic: 'control.alerts', key, value } as const;
    }),
    ...[...sensitivities.keys()].map(
      (key) => ({ topic: 'control.sensitivities', key, value: null }) as const,
    ),
    ...acknowledgements.map((key) => ({ topic: 'control.alerts', key, value: null }) as const),
  ];
  const counts = {
    ...{ keys: `${keys.length}`, rules: `${rules.size}`, silences: `${silences.size}` },
    sensitivities: `${sensitivities.size}`,
    acknowledgements: `${acknowledgements.length}`,
  };
  const entries = [
    ...revoked.map((key) => keyEntry(access, 'key.revoke', key)),
    ...[...rules.keys()].map((rule) => entryOf(access, 'rule.remove', id, `rule/${rule}`)),
    ...[...silences.values()].map((silence) =>
      isMute(silence)
        ? entryOf(access, 'anomalies.unmute', id, `mute/${silence.id}`)
        : entryOf(access, 'alerts.unsilence', id, `silence/${silence.id}`),
    ),
    ...[...sensitivities.values()].map((one) =>
      entryOf(access, 'sensitivity.remove', id, `sensitivity/${one.id}`),
    ),
  ];
  await access.write(
    { changes, entries },
    {
      changes: [{ topic: 'control.tenants', key: id, value: null }],
      entries: [entryOf(access, 'tenant.remove', id, `tenant/${id}`, counts)],
    },
  );
}

function fileOf({ config }: ControlAccess): TenantProfiles {
  return loadTenants(config.ingest.tenantsFile);
}

function refuseReadOnly(access: ControlAccess, file: TenantProfiles, id: string): void {
  if (!file.has(id)) return;
  throw new TactusError(
    'TACTUS_CONFIG_INVALID',
    `tenant ${JSON.stringify(id)} is in TENANTS_FILE (${access.config.ingest.tenantsFile}), and read-only here: change that file`,
  );
}
