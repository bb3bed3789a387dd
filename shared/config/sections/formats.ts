import { isIPv4, isIPv6 } from 'node:net';

/** Formats for configuration values: each throws a text that says what is allowed. */

type Format = (value: unknown) => void;

function refuse(allowed: string): never {
  throw new Error(`must be ${allowed}`);
}

/** An integer within [min, max]. */
export function integer(min: number, max: number): Format {
  return (value) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
      refuse(`an integer from ${min} to ${max}`);
  };
}

/** An address to listen on. */
export const host: Format = (value) => {
  if (typeof value !== 'string' || !(isIPv4(value) || isIPv6(value) || /^[A-Za-z0-9.-]{1,253}$/.test(value)))
    refuse('an IP address or a host name');
};

/** A commit of Git, in full or short; or empty. */
export const commitHash: Format = (value) => {
  if (typeof value !== 'string' || !/^([0-9a-f]{7,64})?$/.test(value))
    refuse('7 to 64 hexadecimal digits, or empty');
};

/** A number within [min, max]. */
export function number(min: number, max: number): Format {
  return (value) => {
    if (typeof value !== 'number' || !(value >= min && value <= max))
      refuse(`a number from ${min} to ${max}`);
  };
}

/** A URL with one of the given schemes. */
export function url(...schemes: string[]): Format {
  const allowed = `a URL with ${schemes.map((s) => `${s}://`).join(' or ')}`;
  return (value) => {
    if (typeof value !== 'string' || !URL.canParse(value)) refuse(allowed);
    if (!schemes.includes(new URL(value as string).protocol.slice(0, -1))) refuse(allowed);
  };
}

/** Like {@link url}, or empty for "none". */
export function optionalUrl(...schemes: string[]): Format {
  const check = url(...schemes);
  return (value) => {
    if (value !== '') check(value);
  };
}

/** Any number of URLs separated by commas. */
export function urlList(...schemes: string[]): Format {
  const check = url(...schemes);
  return (value) => {
    if (typeof value !== 'string') refuse('URLs separated by commas');
    for (const part of (value as string).split(',')) if (value !== '') check(part);
  };
}

/** Comma-separated `host:port` pairs, at least one. */
export const brokerList: Format = (value) => {
  const parts = typeof value === 'string' ? value.split(',') : [];
  const good = parts.every((part) => {
    const match = /^[A-Za-z0-9_.-]+:(\d{1,5})$/.exec(part.trim());
    return match !== null && Number(match[1]) > 0 && Number(match[1]) < 65536;
  });
  if (parts.length === 0 || !good) refuse('host:port pairs separated by commas');
};

/** Networks in CIDR notation, separated by commas; none are fine. */
export const networks: Format = (value) => {
  const isNetwork = (network: string) => {
    const [address = '', bits = '', ...more] = network.split('/');
    const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
    return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
  };
  if (typeof value !== 'string' || (value !== '' && !value.split(',').every(isNetwork)))
    refuse('networks such as 10.0.0.0/8 or fd00::/8, separated by commas');
};

/** A prefix that leaves legal topic names: at most 100 of `A-Z a-z 0-9 . _ -`. */
export const topicPrefix: Format = (value) => {
  if (typeof value !== 'string' || !/^[A-Za-z0-9._-]{0,100}$/.test(value))
    refuse('at most 100 characters of A-Z a-z 0-9 . _ -');
};

/** What may stand in a transactional id, or nothing. */
export const instanceId: Format = (value) => {
  if (typeof value !== 'string' || !/^[A-Za-z0-9._-]{0,100}$/.test(value))
    refuse('at most 100 characters of A-Z a-z 0-9 . _ -, or empty');
};

/** Any text, the empty one included; with a limit on its length. */
export function text(maxLength = 4096): Format {
  return (value) => {
    if (typeof value !== 'string' || value.length > maxLength)
      refuse(`text of at most ${maxLength} characters`);
  };
}

/** A name: 1 to 200 printable characters without the separator of keys. */
export const name: Format = (value) => {
  if (typeof value !== 'string' || !/^[^\p{Cc}|]{1,200}$/u.test(value))
    refuse('1 to 200 characters without control characters and without "|"');
};

/** The path of a file, or empty for none. */
export const filePath: Format = (value) => {
  if (typeof value !== 'string' || value.length > 4096 || value.includes('\0'))
    refuse('the path of a file, or empty');
};

/** Names and values as in `logicalCluster=lkc-1,identityPoolId=pool-1`; none are fine. */
export const pairs: Format = (value) => {
  if (
    typeof value !== 'string' ||
    (value !== '' && !value.split(',').every((one) => /^[A-Za-z]+=[^=,\p{Cc}]+$/u.test(one)))
  )
    refuse('name=value pairs separated by commas, names of letters only, or empty');
};

export const yesOrNo: Format = (value) => {
  if (typeof value !== 'boolean') refuse('true or false');
};
