import { isIPv4, isIPv6 } from 'node:net';

/** A network of IPv6 is given to a household or company as a /56 or less: whoever has one has all its addresses. */
const IPV6_BYTES = 7;

/** What stands for where a request comes from: an address of IPv4, the first 56 bits of one of IPv6; '' for anything else. */
export function sourcePrefix(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (isIPv4(plain)) return plain;
  if (!isIPv6(plain)) return '';
  const groups = groupsOf(plain);
  const mapped = groups.slice(0, 6).join() === '0,0,0,0,0,65535';
  const bytes = groups.flatMap((group) => [group >> 8, group & 0xff]);
  if (mapped) return bytes.slice(12).join('.');
  return bytes
    .slice(0, IPV6_BYTES)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

/** The eight groups of an address of IPv6. */
function groupsOf(address: string): number[] {
  const dotted = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [before = '', after] = dotted.split('::');
  const read = (text = '') => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [head, tail] = [read(before), read(after)];
  return [...head, ...new Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail];
}
