/** Identity tokens: ES256 JWTs that this server signs, and the only ones it accepts. Source: reference "protocol" 5.2. */
import { randomUUID } from 'node:crypto';
import { compactVerify, type JWTPayload, SignJWT } from 'jose';
import { fail, ok, type Result } from '../../schema/result.ts';
import { identityFromClaims } from './identity.ts';
import type { SigningKeys } from './keys.ts';
import { messageOf } from './node-error.ts';

/** Issuer of anonymous tokens; part of every identity that this server allocates. */
export const ISSUER = 'localhost';
const WEBSOCKET_TOKEN_SECONDS = 60;
/** Longest issuer or subject, in UTF-8 bytes. */
const MAX_CLAIM_BYTES = 128;

/** Somebody whose token was checked. */
export interface Credentials {
  /** 64 hex digits. */
  identity: string;
  token: string;
  /** The token's payload, JSON text, as the module's `senderAuth` sees it. */
  payload: string;
}

export interface TokenAuthority {
  /** Allocates an identity that never existed, with a token that never expires. */
  issueAnonymous(): Promise<Credentials>;
  /** Checks signature, expiry and claims. The failure text is meant for a 401 body. */
  verify(token: string): Promise<Result<Credentials>>;
  /** The same claims, valid for 60 seconds: for clients that can only put a token into an address. */
  issueShortLived(credentials: Credentials): Promise<string>;
}

export function createTokenAuthority(keys: SigningKeys): TokenAuthority {
  const sign = (claims: JWTPayload): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'ES256' }).sign(keys.privateKey);
  return {
    async issueAnonymous() {
      const sub = randomUUID();
      const identity = identityFromClaims(ISSUER, sub);
      const token = await sign({ hex_identity: identity, sub, iss: ISSUER, aud: ['spacetimedb'], iat: nowSeconds() });
      return { identity, token, payload: payloadText(token) };
    },
    async verify(token) {
      try {
        const { payload } = await compactVerify(token, keys.publicKey, { algorithms: ['ES256'] });
        const checked = checkClaims(JSON.parse(new TextDecoder().decode(payload)));
        return checked.ok ? ok({ identity: checked.value, token, payload: payloadText(token) }) : checked;
      } catch (error) {
        return fail(explainRefusal(token, error));
      }
    },
    issueShortLived(credentials) {
      const claims = JSON.parse(credentials.payload) as JWTPayload;
      return sign({ ...claims, iat: nowSeconds(), exp: nowSeconds() + WEBSOCKET_TOKEN_SECONDS });
    },
  };
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const payloadText = (token: string): string => Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');

/** The identity of claims whose signature was good. `exp: null` (never) is written by the installed SpacetimeDB. */
function checkClaims(claims: unknown): Result<string> {
  if (typeof claims !== 'object' || claims === null) return fail('Invalid token: its payload is not an object');
  const { iss, sub, exp, hex_identity: stated } = claims as Record<string, unknown>;
  for (const [name, value] of [
    ['iss', iss],
    ['sub', sub],
  ] as const) {
    if (typeof value !== 'string' || value === '') return fail(`Invalid token: the claim \`${name}\` is missing`);
    if (Buffer.byteLength(value) > MAX_CLAIM_BYTES) return fail(`Invalid token: the claim \`${name}\` is too long`);
  }
  if (exp !== undefined && exp !== null) {
    if (typeof exp !== 'number') return fail('Invalid token: the claim `exp` is not a number');
    if (exp <= nowSeconds()) return fail('Invalid token: ExpiredSignature');
  }
  const identity = identityFromClaims(iss as string, sub as string);
  if (stated !== undefined && stated !== null && stated !== identity) {
    return fail('Invalid token: `hex_identity` does not belong to its issuer and subject');
  }
  return ok(identity);
}

function explainRefusal(token: string, error: unknown): string {
  let issuer: unknown;
  try {
    issuer = (JSON.parse(payloadText(token)) as Record<string, unknown> | null)?.iss;
  } catch {
    // Not even a JWT: the error of the verification says so.
  }
  if (typeof issuer !== 'string') return `Invalid token: ${messageOf(error)}`;
  if (issuer === ISSUER)
    return 'Invalid token: it was signed by another server, or the keys of this server changed. Log in again.';
  return (
    `Invalid token: it was issued by ${issuer.slice(0, MAX_CLAIM_BYTES)}, and the embedded server accepts only tokens that it issued itself. ` +
    'Run `spacetime login --server-issued-login <server>` to get one.'
  );
}
