/** Identities and connection ids as hex text, the form of the HTTP API (big-endian). Source: reference "protocol" 5.1. */
import { randomBytes } from 'node:crypto';
import { blake3 } from '@noble/hashes/blake3.js';

const PREFIX = Uint8Array.of(0xc2, 0x00);

/** Identity of an OIDC issuer and subject: 64 hex digits, starting with `c200`. */
export function identityFromClaims(issuer: string, subject: string): string {
  const hash = blake3(new TextEncoder().encode(`${issuer}|${subject}`)).subarray(0, 26);
  const checksum = blake3(Uint8Array.of(...PREFIX, ...hash)).subarray(0, 4);
  return Buffer.concat([PREFIX, checksum, hash]).toString('hex');
}

/** Reads an identity as people and tools write it: 64 hex digits, optionally after `0x`. */
export function parseIdentity(text: string): string | undefined {
  return /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text)?.[1]?.toLowerCase();
}

/** A fresh connection id, 32 hex digits. Zero is reserved for "none". */
export function randomConnectionId(): string {
  const id = randomBytes(16).toString('hex');
  return isZeroConnectionId(id) ? randomConnectionId() : id;
}

/** Reads a connection id: 32 hex digits. */
export function parseConnectionId(text: string): string | undefined {
  return /^[0-9a-fA-F]{32}$/.test(text) ? text.toLowerCase() : undefined;
}

export const isZeroConnectionId = (id: string): boolean => /^0+$/.test(id);

/** Why a text cannot be a database name, or undefined when it can. */
export function databaseNameProblem(name: string): string | undefined {
  if (parseIdentity(name)) return `\`${name}\` has the form of an identity, and cannot be a database name.`;
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return undefined;
  return (
    `\`${name}\` is not a valid database name. ` +
    'Use lower-case letters and digits, with single dashes between them (regex `^[a-z0-9]+(-[a-z0-9]+)*$`).'
  );
}

/**
 * Text of a 32-byte value as the server's JSON shows a U256 (`0x`, no padding).
 * `order` says how the bytes form the number: identities are big-endian, program hashes little-endian.
 */
export function u256Text(hex: string, order: 'big' | 'little'): string {
  const bytes = Buffer.from(hex, 'hex');
  const digits = (order === 'big' ? bytes : bytes.reverse()).toString('hex');
  return `0x${BigInt(`0x${digits}`).toString(16)}`;
}
