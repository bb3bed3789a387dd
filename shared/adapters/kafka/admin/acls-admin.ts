import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import type { Acl } from '../../../catalog/acls.js';
import type { CommandContext } from '../../../process/context.js';
import { withAdmin } from './with-admin.js';

const {
  AclOperationTypes: OPERATION,
  AclPermissionTypes: PERMISSION,
  AclResourceTypes: RESOURCE,
  ResourcePatternTypes: PATTERN,
} = kafkajs;

const RESOURCES = {
  topic: RESOURCE.TOPIC,
  group: RESOURCE.GROUP,
  'transactional-id': RESOURCE.TRANSACTIONAL_ID,
};
const OPERATIONS = { read: OPERATION.READ, write: OPERATION.WRITE, describe: OPERATION.DESCRIBE };
const PATTERNS = { literal: PATTERN.LITERAL, prefixed: PATTERN.PREFIXED };
const ANY_HOST = '*';

/** What is allowed, and to whom; its name with the prefix. */
export interface PrincipalAcl extends Acl {
  /** As Kafka writes it: `User:ingest`. */
  readonly principal: string;
}

/**
 * Allows what is not allowed yet, and takes nothing away; safe to repeat. Waits for Kafka.
 *
 * @returns what was added
 */
export async function applyAcls(
  context: CommandContext,
  wanted: readonly PrincipalAcl[],
): Promise<readonly PrincipalAcl[]> {
  return await withAdmin(context, 'asking Kafka about ACLs', async (admin) => {
    const present = await presentAcls(admin, new Set(wanted.map(({ principal }) => principal)));
    const missing = wanted.filter((acl) => !present.has(keyOf(entryOf(acl))));
    if (missing.length > 0) await admin.createAcls({ acl: missing.map(entryOf) });
    return missing;
  });
}

async function presentAcls(admin: Admin, principals: ReadonlySet<string>): Promise<Set<string>> {
  const present = new Set<string>();
  for (const principal of principals) {
    const { resources } = await admin.describeAcls({
      resourceType: RESOURCE.ANY,
      resourcePatternType: PATTERN.ANY,
      principal,
      operation: OPERATION.ANY,
      permissionType: PERMISSION.ALLOW,
    });
    for (const { acls, resourceType, resourceName, resourcePatternType } of resources)
      for (const acl of acls) present.add(keyOf({ ...acl, resourceType, resourceName, resourcePatternType }));
  }
  return present;
}

function entryOf({ resource, name, pattern, operation, principal }: PrincipalAcl): AclEntry {
  return {
    resourceType: RESOURCES[resource],
    resourceName: name,
    resourcePatternType: PATTERNS[pattern],
    principal,
    host: ANY_HOST,
    operation: OPERATIONS[operation],
    permissionType: PERMISSION.ALLOW,
  };
}

function keyOf(acl: AclEntry): string {
  const { resourceType, resourceName, resourcePatternType, principal, host, operation } = acl;
  return JSON.stringify([resourceType, resourceName, resourcePatternType, principal, host, operation]);
}
