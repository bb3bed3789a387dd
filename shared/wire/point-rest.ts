/** The fields of a MetricPoint behind its value, for who stores points: windows never look at them. */
export class PointRest {
  idStart = 0;
  idEnd = 0;
  unitStart = 0;
  /** -1 for null. */
  unitEnd = -1;
  sourceStart = 0;
  /** -1 for null. */
  sourceEnd = -1;
  #at = 0;
  #end = 0;

  /**
   * Reads id, unit and source from `start`, which must be all that is left until `end`.
   *
   * @returns false when it is laid out in a legal but unusual way, or wrong: then the full decoder has
   *   the last word
   */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.#at = start;
    this.#end = end;
    this.idEnd = this.#text(bytes);
    this.idStart = this.#at;
    if (this.idEnd < 0) return false;
    this.#at = this.idEnd;
    this.unitEnd = this.#optional(bytes);
    this.unitStart = this.#at;
    if (this.unitEnd === BAD) return false;
    if (this.unitEnd >= 0) this.#at = this.unitEnd;
    this.sourceEnd = this.#optional(bytes);
    this.sourceStart = this.#at;
    if (this.sourceEnd === BAD) return false;
    if (this.sourceEnd >= 0) this.#at = this.sourceEnd;
    return this.#at === end;
  }

  /** A union of null and string: its branch as one byte, then the string. */
  #optional(bytes: Buffer): number {
    const branch = this.#at < this.#end ? bytes[this.#at++] : -1;
    if (branch === 0) return NULL;
    return branch === 2 ? this.#text(bytes) : BAD;
  }

  /** Steps over the length of a string of up to 8,191 bytes; its end, or {@link BAD}. */
  #text(bytes: Buffer): number {
    if (this.#at >= this.#end) return BAD;
    let zigzag = bytes[this.#at++] as number;
    if (zigzag >= 0x80) {
      const second = this.#at < this.#end ? (bytes[this.#at++] as number) : 0x80;
      if (second >= 0x80) return BAD;
      zigzag = (zigzag & 0x7f) | (second << 7);
    }
    const end = this.#at + (zigzag >>> 1);
    return (zigzag & 1) === 1 || end > this.#end ? BAD : end;
  }
}

const NULL = -1;
const BAD = -2;
