/** The key of a series in the changelog: its hash in 16 hexadecimal digits. The value is its tenant. */
export function changeKey(low: number, high: number): string {
  return hex(low) + hex(high);
}

export function readChangeKey(key: string): [low: number, high: number] {
  return [Number.parseInt(key.slice(0, 8), 16) | 0, Number.parseInt(key.slice(8, 16), 16) | 0];
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
