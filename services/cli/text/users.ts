import { isoTime } from '../../../shared/core/iso-time.js';
import type { Person } from '../../api/people/person.js';
import { tableText } from './table.js';

/** Users as a table; nothing of their passwords. */
export function usersText(people: readonly Person[]): string[] {
  if (people.length === 0) return ['no users: `tactus users add` adds one'];
  return tableText([
    ['name', 'roles', 'second factor', 'created', 'last login', 'id'],
    ...people.map(({ id, name, roles, totpSecret, createdAt, lastLoginAt }) => [
      ...[name, rolesText(roles), totpSecret === null ? 'off' : 'on', isoTime(createdAt)],
      ...[lastLoginAt === null ? 'never' : isoTime(lastLoginAt), id],
    ]),
  ]);
}

/** A user as JSON: times as ISO 8601. */
export function userJson({ id, name, roles, totpSecret, createdAt, lastLoginAt }: Person): object {
  return {
    ...{ id, name, roles, secondFactor: totpSecret !== null, createdAt: isoTime(createdAt) },
    lastLoginAt: lastLoginAt === null ? null : isoTime(lastLoginAt),
  };
}

function rolesText(roles: Person['roles']): string {
  const texts = Object.entries(roles).map(([tenant, role]) => `${tenant}:${role}`);
  return texts.length === 0 ? 'none' : texts.join(',');
}
