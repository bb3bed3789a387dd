/** Which transaction committed an offset. */
export interface CommitMark {
  readonly transactionalId: string;
  /** Counts the transactions of this id, over all lives of the process. */
  readonly commit: number;
}

const MARK = /"txn":("(?:[^"\\]|\\.)*"),"commit":(\d+)\}$/;

/**
 * Adds the mark to an offset's metadata: two more fields of a JSON object, or an object of these two where
 * there is none. A text that is no JSON object stays as it is, without a mark.
 */
export function withMark(metadata: string, { transactionalId, commit }: CommitMark): string {
  const fields = `"txn":${JSON.stringify(transactionalId)},"commit":${commit}}`;
  if (metadata === '') return `{${fields}`;
  if (!isObject(metadata)) return metadata;
  const inner = metadata.slice(1, -1);
  // The blank distinguishes it from no metadata at all.
  return inner.trim() === '' ? `{ ${inner}${fields}` : `{${inner},${fields}`;
}

/** The metadata as they were before {@link withMark}, and the mark; null for metadata without one. */
export function splitMark(metadata: string): { readonly own: string; readonly mark: CommitMark | null } {
  const found = MARK.exec(metadata);
  if (found === null || !metadata.startsWith('{')) return { own: metadata, mark: null };
  const mark = { transactionalId: JSON.parse(found[1] as string) as string, commit: Number(found[2]) };
  const inner = metadata.slice(1, found.index);
  if (inner === '') return { own: '', mark };
  const own = inner.trim() === '' ? inner.slice(1) : inner.slice(0, -1);
  return { own: `{${own}}`, mark };
}

function isObject(metadata: string): boolean {
  if (!metadata.startsWith('{') || !metadata.endsWith('}')) return false;
  try {
    JSON.parse(metadata);
    return true;
  } catch {
    return false;
  }
}
