/** Identities and tokens as the command line sees them. */
import type { Server } from './config/cli-toml.ts';
import { CliError } from './errors.ts';
import { jsonText, sendOk } from './server-client.ts';

/** A new identity of `server`, with the token that proves it. */
export async function requestIdentity(server: Server): Promise<{ identity: string; token: string }> {
  const response = await sendOk(server, { method: 'POST', path: '/v1/identity' });
  const { identity, token } = JSON.parse(await jsonText(response)) as { identity?: unknown; token?: unknown };
  if (typeof identity === 'string' && typeof token === 'string') return { identity, token };
  throw new CliError(
    `${server.url} answered the request for an identity with something else. Is it a SpacetimeDB server?`,
  );
}

/** The identity that a token claims; undefined when the text is no token of a SpacetimeDB server. */
export function identityOfToken(token: string): string | undefined {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as unknown;
    const identity = (payload as { hex_identity?: unknown } | null)?.hex_identity;
    return typeof identity === 'string' ? identity : undefined;
  } catch {
    // Not base64 of JSON: then it says nothing about an identity.
    return undefined;
  }
}
