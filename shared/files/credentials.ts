/** Host and port, after what {@link withoutCredentials} has put there; an IPv6 address is in brackets. */
const HOST = /^(?:\*\*\*@)?(?:\[[\da-fA-F:.]*\]|[^:]*)(?::\d*)?$/;

/**
 * A value as messages may show it: without user, password and query of the addresses in it, also where they are no
 * addresses because of a typing error. What is left out is `***`.
 */
export function withoutCredentials(value: string): string {
  const at = value.lastIndexOf('@');
  const front = value.slice(0, Math.max(0, at));
  // A password may hold anything, so all that stands before the last "@" is taken for one.
  const scheme = /^\s*[a-z][\w+.-]*:\/{1,2}/i.exec(front)?.[0] ?? '';
  const masked = front.includes(':') ? `${scheme}***${value.slice(at)}` : value;
  if (!masked.includes('://')) return masked;
  return masked
    .replace(/:\/\/([^/,?#]*)/g, (all, host: string) => (HOST.test(host) ? all : '://***'))
    .replace(/[?#].+$/s, '?***');
}

/** A function that replaces each of some secrets in a text, in the order given. */
export function hiding(secrets: readonly string[]): (text: string) => string {
  return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text);
}

/** A part of a URL as it is meant. A percent sign that encodes nothing stands for itself. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // URIError: the only thing that this call throws.
    return part;
  }
}
