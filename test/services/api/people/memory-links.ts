import type { LinkStore, StoredLink } from '../../../../services/api/people/login-links.js';

/** Links in memory, as the database has them. */
export class MemoryLinks implements LinkStore {
  readonly #links = new Map<string, StoredLink>();

  async put(link: StoredLink): Promise<void> {
    this.#links.set(link.userId, link);
  }

  async find(hash: Buffer): Promise<StoredLink | null> {
    return [...this.#links.values()].find((link) => link.hash.equals(hash)) ?? null;
  }

  async take(hash: Buffer): Promise<boolean> {
    const link = await this.find(hash);
    return link !== null && this.#links.delete(link.userId);
  }
}
