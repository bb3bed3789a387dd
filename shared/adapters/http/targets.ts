import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';
import { type ErrorCode, messageOf, TactusError } from '../../core/errors.js';

/**
 * Addresses that are not for everybody: private, shared, link-local (cloud metadata among them), loopback,
 * multicast and reserved, by IANA's special-purpose registries (RFC 6890 and updates).
 */
const SPECIAL: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // Everything that is not global unicast, and inside of that tunnels, documentation and benchmarks.
  '::/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '4000::/2',
  '8000::/1',
];

/** `::ffff:0:0/96` is how a socket names an IPv4 address. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** A resolved name: connections go to this address and no other. */
export interface Target {
  readonly address: string;
  readonly family: 4 | 6;
}

/** What an address that is not allowed is reported with. */
interface Reported {
  readonly code: ErrorCode;
  /** The key that allows networks. */
  readonly allowedBy: string;
}

/**
 * Which addresses may be sent to: public ones, and those of some networks. Whoever can name an address, or
 * changes what a name stands for, thus reaches nothing inside.
 */
export class Targets {
  readonly #special = new Networks(SPECIAL);
  readonly #allowed: Networks;

  /** @param allowed networks (`10.1.0.0/16`) that may be reached though they are not public */
  constructor(
    private readonly allowed: readonly string[],
    private readonly reported: Reported,
  ) {
    this.#allowed = new Networks(allowed);
  }

  /** For connections that are kept: resolves a name as {@link resolve} does. Addresses never come here. */
  readonly lookup: LookupFunction = (hostname, { all = false }, callback) => {
    this.resolve(hostname).then(
      ({ address, family }) =>
        all ? callback(null, [{ address, family }]) : callback(null, address, family),
      (error: Error) => callback(error, '', 0),
    );
  };

  /** Why an address is not allowed, in words; null for one that is, and for a name, which is resolved at each attempt. */
  literalProblem(hostname: string): string | null {
    const literal = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[(.*)\]$/, '$1');
    if (!/^[\d.]+$|:/.test(literal) || this.allows(literal)) return null;
    const networks = JSON.stringify(this.allowed.join(','));
    return `${hostname} is not a public address; allowed are public ones and those of ${this.reported.allowedBy}: value was ${networks}`;
  }

  /** True if connections to the address are allowed. */
  allows(address: string): boolean {
    const plain = MAPPED.exec(address)?.[1] ?? address;
    return this.#allowed.has(plain) || !this.#special.has(plain);
  }

  /**
   * The address to connect to, checked: a name that gives another one when it is asked again (DNS rebinding)
   * thus gains nothing.
   *
   * @param host name or address, an IPv6 address with or without brackets
   * @throws TactusError when there is none that is allowed
   */
  async resolve(host: string): Promise<Target> {
    const name = host.replace(/^\[(.*)\]$/, '$1');
    const found = isIP(name) === 0 ? await this.#addresses(name) : [name];
    const address = found.find((each) => this.allows(each));
    if (address === undefined)
      throw new TactusError(
        this.reported.code,
        `${name} is at ${found.join(', ')}, which is not public; ${this.reported.allowedBy} allows private networks`,
      );
    return { address, family: isIPv4(address) ? 4 : 6 };
  }

  async #addresses(name: string): Promise<string[]> {
    try {
      return (await lookup(name, { all: true })).map(({ address }) => address);
    } catch (error) {
      throw new TactusError(this.reported.code, `${name}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Networks of both families, apart: to `BlockList` every IPv4 address is one of IPv6 as well. */
class Networks {
  readonly #four = new BlockList();
  readonly #six = new BlockList();

  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', bits = ''] = network.split('/');
      if (isIPv4(address)) this.#four.addSubnet(address, Number(bits), 'ipv4');
      else this.#six.addSubnet(address, Number(bits), 'ipv6');
    }
  }

  has(address: string): boolean {
    return isIPv4(address) ? this.#four.check(address, 'ipv4') : this.#six.check(address, 'ipv6');
  }
}
