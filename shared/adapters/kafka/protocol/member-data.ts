import { AssignerProtocol } from 'kafkajs';

/** What a member of a group says of itself when it joins. */
export interface MemberData {
  readonly topics: readonly string[];
  /** The last generation that it was in, and what it had there. */
  readonly generation: number;
  readonly owned: Readonly<Record<string, readonly number[]>>;
  /** That of its transactions; none for members that have none, and of builds before. */
  readonly transactionalId?: string | undefined;
}

const VERSION = 0;

export function encodeMemberData({ topics, ...userData }: MemberData): Buffer {
  return AssignerProtocol.MemberMetadata.encode({
    ...{ version: VERSION, topics: [...topics], userData: Buffer.from(JSON.stringify(userData)) },
  });
}

/** A member whose data cannot be read, as one with another assigner, owns nothing. */
export function decodeMemberData(bytes: Buffer): MemberData {
  let topics: readonly string[] = [];
  try {
    const decoded = AssignerProtocol.MemberMetadata.decode(bytes);
    topics = decoded?.topics ?? [];
    const { generation, owned, transactionalId } = JSON.parse(String(decoded?.userData)) as MemberData;
    return { topics, generation, owned, transactionalId };
  } catch {
    return { topics, generation: -1, owned: {} };
  }
}
