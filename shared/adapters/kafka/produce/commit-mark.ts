/** Which transaction committed an offset, and of which log. */
export interface CommitMark {
  /** Id of the topic; missing where the offset has no metadata of its own, which builds before this one expect. */
  readonly topicId?: string | null | undefined;
  /** Goes with the topic's id. */
  readonly epoch?: number | undefined;
  readonly transactionalId: string;
  /** Counts the transactions of this id, over all lives of the process. */
  readonly commit: number;
}

const MARK = /(?:"topicId":"([\w-]+)",(?:"epoch":(\d+),)?)?"txn":("(?:[^"\\]|\\.)*"),"commit":(\d+)\}$/;

/**
 * Adds the mark to an offset's metadata: more fields of a JSON object, or an object of transaction and commit where
 * there is none. A text that is no JSON object stays as it is, without a mark.
 */
export function withMark(metadata: string, { topicId, epoch, transactionalId, commit }: CommitMark): string {
  const transaction = `"txn":${JSON.stringify(transactionalId)},"commit":${commit}}`;
  if (metadata === '') return `{${transaction}`;
  if (!isObject(metadata)) return metadata;
  // In front: builds before this one look for the transaction at the end, and pass over fields that they do not know.
  const written = epoch === undefined ? '' : `"epoch":${epoch},`;
  const fields =
    typeof topicId === 'string' ? `"topicId":"${topicId}",${written}${transaction}` : transaction;
  const inner = metadata.slice(1, -1);
  // The blank distinguishes it from no metadata at all.
  return inner.trim() === '' ? `{ ${inner}${fields}` : `{${inner},${fields}`;
}

/** The metadata as they were before {@link withMark}, and the mark; null for metadata without one. */
export function splitMark(metadata: string): { readonly own: string; readonly mark: CommitMark | null } {
  const found = MARK.exec(metadata);
  if (found === null || !metadata.startsWith('{')) return { own: metadata, mark: null };
  const [, topicId, epoch, transactionalId, commit] = found;
  const mark = {
    ...(topicId !== undefined && { topicId }),
    ...(epoch !== undefined && { epoch: Number(epoch) }),
    transactionalId: JSON.parse(transactionalId as string) as string,
    commit: Number(commit),
  };
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
