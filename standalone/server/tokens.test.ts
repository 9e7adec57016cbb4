import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { databaseNameProblem, identityFromClaims, parseIdentity, u256Text } from './identity.ts';
import type { SigningKeys } from './keys.ts';
import { createTokenAuthority } from './tokens.ts';

const makeKeys = (): SigningKeys => ({ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }), publicPem: '' });
const keys = makeKeys();
const authority = createTokenAuthority(keys);
const sign = (claims: Record<string, unknown>, by = keys) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(by.privateKey);

test('identities carry their prefix and checksum', () => {
  const identity = identityFromClaims('localhost', 'someone');
  expect(identity).toMatch(/^c200[0-9a-f]{60}$/);
  expect(identityFromClaims('localhost', 'someone')).toBe(identity);
  expect(identityFromClaims('localhost', 'else')).not.toBe(identity);
  expect(parseIdentity(`0x${identity.toUpperCase()}`)).toBe(identity);
  expect(parseIdentity(identity.slice(1))).toBeUndefined();
});

test('names follow the rule and never look like an identity', () => {
  expect(databaseNameProblem('my-chat-2')).toBeUndefined();
  for (const bad of ['', 'Chat', 'a--b', '-a', 'a-', 'a_b', '../x', 'ü', 'a'.repeat(64)]) {
    expect(databaseNameProblem(bad), bad).toContain('database name');
  }
});

test('u256 text drops leading zeros in the given byte order', () => {
  const hex = `00${'11'.repeat(30)}ff`;
  expect(u256Text(hex, 'big')).toBe(`0x${hex.slice(2)}`);
  expect(u256Text(hex, 'little')).toBe(`0xff${'11'.repeat(30)}00`);
});

test('an anonymous token proves its identity and never expires', async () => {
  const { identity, token, payload } = await authority.issueAnonymous();
  const claims = JSON.parse(payload);
  expect(claims).toMatchObject({ hex_identity: identity, iss: 'localhost', aud: ['spacetimedb'] });
  expect(claims).not.toHaveProperty('exp');
  expect(await authority.verify(token)).toEqual({ ok: true, value: { identity, token, payload } });
});

test('a short-lived token keeps the identity and ends after a minute', async () => {
  const credentials = await authority.issueAnonymous();
  const checked = await authority.verify(await authority.issueShortLived(credentials));
  if (!checked.ok) throw new Error(checked.message);
  expect(checked.value.identity).toBe(credentials.identity);
  const { iat, exp } = JSON.parse(checked.value.payload);
  expect(exp - iat).toBe(60);
});

test('`exp: null`, as the installed server writes it, means never', async () => {
  const token = await sign({ iss: 'localhost', sub: 'x', exp: null });
  expect((await authority.verify(token)).ok).toBe(true);
});

test.each([
  ['expired', { iss: 'localhost', sub: 'x', exp: 1 }, /ExpiredSignature/],
  ['without subject', { iss: 'localhost' }, /`sub` is missing/],
  ['long issuer', { iss: 'i'.repeat(129), sub: 'x' }, /`iss` is too long/],
  ['false identity', { iss: 'localhost', sub: 'x', hex_identity: 'c200' }, /does not belong/],
])('a token that is wrong is refused: %s', async (_what, claims, text) => {
  const result = await authority.verify(await sign(claims));
  expect(result).toMatchObject({ ok: false, message: expect.stringMatching(text) });
});

test('tokens of other issuers, other keys, other algorithms and no tokens at all are refused', async () => {
  const foreign = makeKeys();
  const verify = async (token: string) => {
    const result = await authority.verify(token);
    return result.ok ? 'accepted' : result.message;
  };
  expect(await verify(await sign({ iss: 'https://auth.example', sub: 'x' }, foreign))).toMatch(
    /issued by https:\/\/auth\.example.*--server-issued-login/,
  );
  expect(await verify(await sign({ iss: 'localhost', sub: 'x' }, foreign))).toMatch(/another server/);
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"iss":"localhost","sub":"x"}').toString('base64url')}.`;
  expect(await verify(unsigned)).toMatch(/^Invalid token/);
  expect(await verify('garbage')).toMatch(/^Invalid token/);
});
