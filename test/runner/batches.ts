import { dirname } from 'node:path';

/**
 * Test files that share a process: those of one folder, since they import much the same. Half of what a small file
 * costs is the start of its process and its imports.
 *
 * @param isAlone whether a file has a process of its own
 * @returns the files alone first, in order, then the folders, that with the most files first
 */
export function batches(files: readonly string[], isAlone: (file: string) => boolean): string[][] {
  const alone = files.filter(isAlone);
  const folders = Map.groupBy(
    files.filter((file) => !alone.includes(file)),
    dirname,
  );
  const shared = [...folders.values()].sort((one, other) => other.length - one.length);
  return [...alone.map((file) => [file]), ...shared];
}

/** What a batch is called in the output: its file, or its folder. */
export function nameOfBatch(files: readonly string[]): string {
  const [first = ''] = files;
  return files.length === 1 ? first : `${dirname(first)} (${files.length} files)`;
}
