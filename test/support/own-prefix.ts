import { randomBytes } from 'node:crypto';

/** A topic prefix that no other test uses: topics, groups and transactional ids of tests never meet. */
export function ownPrefix(name: string): string {
  return `${name}-${randomBytes(4).toString('hex')}.`;
}
