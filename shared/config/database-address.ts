/** What a PostgreSQL connection string says about TLS, in libpq's terms, and what is left of it without that. */
export interface DatabaseAddress {
  /** Null where it says nothing. */
  readonly tls: boolean | null;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly rest: string;
  /** What must be there instead, going on from "must be"; null where all is well. */
  readonly problem: string | null;
}

/** Modes of libpq. All but the first verify the certificate and its name here: whoever encrypts wants to know for whom. */
const MODES: Readonly<Record<string, boolean>> = {
  disable: false,
  require: true,
  'verify-ca': true,
  'verify-full': true,
};

const FILES = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' } as const;

/** @param url as its format allows it */
export function databaseAddress(url: string): DatabaseAddress {
  const address = new URL(url);
  const take = (name: string): string => {
    const value = address.searchParams.get(name) ?? '';
    address.searchParams.delete(name);
    return value;
  };
  const files = { ca: take(FILES.ca), cert: take(FILES.cert), key: take(FILES.key) };
  const mode = take('sslmode');
  const ssl = take('ssl');
  const named = Object.values(files).some((path) => path !== '');
  const wrong = mode !== '' && MODES[mode] === undefined;
  return {
    tls: MODES[mode] ?? (named || ssl === 'true' || ssl === '1' ? true : null),
    ...files,
    rest: address.href,
    problem: wrong
      ? `an address with one of sslmode=${Object.keys(MODES).join(', ')}, of which the last three verify certificate and name`
      : null,
  };
}
