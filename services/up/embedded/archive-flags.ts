import { statSync } from 'node:fs';

/** Flags of Java for a server that may have an archive of its classes; an empty one stands for a Java that makes none. */
export function archiveFlags(archive: string | null): string[] {
  const size = archive === null ? 0 : (statSync(archive, { throwIfNoEntry: false })?.size ?? 0);
  return size === 0 ? [] : [`-XX:SharedArchiveFile=${archive}`];
}
