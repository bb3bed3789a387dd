import { TextHash } from './hash-table.js';

/** What a record is about, of any kind. */
export interface Subject {
  readonly tenantId: string;
  /** Metric or type: what follows the tenant in the key. */
  readonly name: string;
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The hashes of a decoded record; the same as {@link PointInPlace} finds from its bytes. */
export class SubjectHash {
  tenant = 0;
  idLow = 0;
  idHigh = 0;
  seriesLow = 0;
  seriesHigh = 0;
  readonly #hash = new TextHash();

  use({ tenantId, name, id, tags }: Subject): void {
    const hash = this.#hash;
    hash.begin();
    this.#add(tenantId);
    const { low, high } = hash;
    this.tenant = low;
    this.#add(name);
    hash.finish();
    this.seriesLow = hash.low;
    this.seriesHigh = hash.high;
    for (const tag in tags) {
      hash.begin();
      this.#add(tag);
      this.#add(tags[tag] as string);
      hash.finish();
      this.seriesLow = (this.seriesLow + hash.low) | 0;
      this.seriesHigh = (this.seriesHigh + hash.high) | 0;
    }
    hash.begin(low, high);
    this.#add(id);
    hash.finish();
    this.idLow = hash.low;
    this.idHigh = hash.high;
  }

  #add(text: string): void {
    const bytes = Buffer.from(text);
    this.#hash.add(bytes, 0, bytes.length);
  }
}
