import type { WriteStream } from 'node:tty';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const SPIN_EVERY_MS = 100;

/**
 * Lines that stay, and below them a few that are drawn over again and again. Without a terminal
 * only the lines that stay are written.
 */
export class Terminal {
  readonly isTty: boolean;
  #live: readonly string[] = [];
  #drawn = 0;
  #spinner: NodeJS.Timeout | undefined;

  constructor(private readonly out: NodeJS.WriteStream | WriteStream) {
    this.isTty = out.isTTY === true;
  }

  get width(): number {
    return this.out.columns || 80; // 0 where the size of the terminal is not known.
  }

  /** Writes a line that stays. */
  say(line: string): void {
    this.out.write(`${this.#erase()}${line}\n${this.#draw()}`);
  }

  /** Replaces the lines below; none without a terminal. */
  live(lines: readonly string[]): void {
    clearInterval(this.#spinner);
    this.#show(lines);
  }

  /** Shows that something goes on, and for how long, until `live` or `end`. */
  spin(text: string): void {
    clearInterval(this.#spinner);
    if (!this.isTty) return;
    const began = performance.now();
    let turn = 0;
    const show = () => {
      const seconds = Math.floor((performance.now() - began) / 1_000);
      this.#show([`${SPINNER[turn++ % SPINNER.length]} ${text}${seconds === 0 ? '' : `, ${seconds} s`}`]);
    };
    show();
    this.#spinner = setInterval(show, SPIN_EVERY_MS);
    this.#spinner.unref();
  }

  /** Leaves what is drawn where it is and stops drawing. */
  end(): void {
    clearInterval(this.#spinner);
    this.#live = [];
    this.#drawn = 0;
  }

  #show(lines: readonly string[]): void {
    if (!this.isTty) return;
    // More than fits would scroll and could not be drawn over.
    this.#live = lines.slice(0, Math.max(1, (this.out.rows || 24) - 1));
    this.out.write(`${this.#erase()}${this.#draw()}`);
  }

  #erase(): string {
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\r\u001b[J`;
    this.#drawn = 0;
    return up;
  }

  #draw(): string {
    this.#drawn = this.#live.length;
    return this.#live.map((line) => `${line}\n`).join('');
  }
}
