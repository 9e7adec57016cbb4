/** Who sends a request: the token of the header, else of the query. Source: reference "protocol" 1.1. */
import type { Credentials, TokenAuthority } from './tokens.ts';

export type Authentication =
  | { kind: 'known'; credentials: Credentials }
  | { kind: 'anonymous' }
  | { kind: 'refused'; status: 400 | 401; message: string };

export async function authenticate(
  tokens: TokenAuthority,
  header: string | undefined,
  queryToken: string | undefined,
): Promise<Authentication> {
  let token = queryToken;
  if (header !== undefined) {
    token = /^Bearer +(\S+)$/i.exec(header)?.[1];
    if (token === undefined) {
      return { kind: 'refused', status: 400, message: 'Authorization is invalid: malformed token' };
    }
  }
  if (token === undefined) return { kind: 'anonymous' };
  const checked = await tokens.verify(token);
  return checked.ok
    ? { kind: 'known', credentials: checked.value }
    : { kind: 'refused', status: 401, message: checked.message };
}
