/** The variables that a server's connections are configured with begin with this: `TACTUS_KAFKA`. */
type Variables = string;

interface Problem {
  /** What is wrong, in words. */
  readonly what: string;
  /** What to do, given the beginning of the variables. */
  readonly remedy: (variables: Variables) => string;
}

const UNTRUSTED: Problem = {
  what: 'its certificate is signed by none of the authorities that are trusted here',
  remedy: (of) => `name that of the server with ${of}_TLS_CA_FILE`,
};
const REFUSED: Problem = {
  what: 'it refuses the certificate of this process',
  remedy: (of) => `correct ${of}_TLS_CERT_FILE and ${of}_TLS_KEY_FILE`,
};
/** Java's servers say the same of a bad certificate and of none. */
const MISSING: Problem = {
  what: 'it wants a certificate of this process, and another one than it gets, if any',
  remedy: (of) => `set ${of}_TLS_CERT_FILE and ${of}_TLS_KEY_FILE`,
};
const VERSION: Problem = {
  what: 'there is no version of TLS that both sides speak',
  remedy: () => 'have the server take TLSv1.3, or set TACTUS_TLS_MIN_VERSION=TLSv1.2',
};

/** What a server says when it ends the handshake (RFC 8446, 6.2). */
const BY_ALERT: Readonly<Record<string, Problem>> = {
  '40': MISSING,
  '42': MISSING,
  '43': REFUSED,
  '44': REFUSED,
  '45': REFUSED,
  '46': REFUSED,
  '48': REFUSED,
  '49': REFUSED,
  '51': REFUSED,
  '70': VERSION,
  '116': MISSING,
};

/** By the codes that Node gives, of OpenSSL's too. */
const BY_CODE: Readonly<Record<string, Problem>> = {
  CERT_HAS_EXPIRED: { what: 'its certificate has expired', remedy: () => 'renew that of the server' },
  CERT_NOT_YET_VALID: {
    what: 'its certificate is not valid yet',
    remedy: () => 'compare the clocks of the server and of this machine',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: 'its certificate is for another name',
    remedy: (of) => `connect to a name that it is for, or set ${of}_TLS_SERVER_NAME to one`,
  },
  CERT_REVOKED: { what: 'its certificate is revoked', remedy: () => 'renew that of the server' },
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
  ERR_SSL_UNSUPPORTED_PROTOCOL: VERSION,
  ERR_SSL_WRONG_VERSION_NUMBER: {
    what: 'what answers there does not speak TLS',
    remedy: (of) => `correct the port, or leave TLS out for this server (${of}_TLS…)`,
  },
};

/**
 * What is wrong between this process and a server, for an error of a TLS connection that does not pass by itself;
 * null for any other error.
 *
 * @param variables see {@link Variables}
 */
export function tlsProblem(error: unknown, variables: Variables): string | null {
  for (let each = error, depth = 0; each instanceof Error && depth < 10; each = each.cause, depth++) {
    const { code } = each as { code?: unknown };
    const alert = /SSL alert number (\d+)/.exec(each.message)?.[1];
    const problem = alert === undefined ? BY_CODE[String(code)] : BY_ALERT[alert];
    if (problem === undefined) continue;
    const names = /altnames: (.*)$/.exec(each.message)?.[1];
    const evidence = alert === undefined ? (names ?? String(code)) : `alert ${alert}`;
    return `${problem.what} (${evidence}): ${problem.remedy(variables)}`;
  }
  return null;
}
