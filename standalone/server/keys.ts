/** The server's signing keys: EC P-256, PEM files shared with the installed SpacetimeDB of the same user. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from './node-error.ts';

export interface SigningKeys {
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** SPKI PEM, served as the server's fingerprint. */
  publicPem: string;
}

export interface KeyFiles {
  privateFile: string;
  publicFile: string;
}

/** Reads the key pair; creates it when both files are missing. Throws when only one exists or they do not fit. */
export function loadOrCreateKeys({ privateFile, publicFile }: KeyFiles): SigningKeys {
  const found = { private: existsSync(privateFile), public: existsSync(publicFile) };
  if (found.private !== found.public) {
    const [missing, present] = found.private ? [publicFile, privateFile] : [privateFile, publicFile];
    throw new Error(
      `The signing key ${missing} is missing, but ${present} exists. ` +
        'Put the missing file back, or remove the other one as well to create a new pair (all logins on this server end).',
    );
  }
  if (!found.private) createKeys({ privateFile, publicFile });
  return readKeys({ privateFile, publicFile });
}

function createKeys({ privateFile, publicFile }: KeyFiles): void {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  mkdirSync(dirname(privateFile), { recursive: true });
  mkdirSync(dirname(publicFile), { recursive: true });
  writeFileSync(privateFile, pair.privateKey, { mode: 0o600, flag: 'wx' });
  writeFileSync(publicFile, pair.publicKey, { flag: 'wx' });
}

function readKeys({ privateFile, publicFile }: KeyFiles): SigningKeys {
  const privateKey = parsePem(privateFile, createPrivateKey);
  const publicKey = parsePem(publicFile, createPublicKey);
  const belongs = createPublicKey(privateKey).equals(publicKey);
  if (!belongs || publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error(
      `${privateFile} and ${publicFile} are not one EC P-256 key pair. ` +
        'Restore them from a backup, or remove both to create a new pair (all logins on this server end).',
    );
  }
  return { privateKey, publicKey, publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

function parsePem(file: string, parse: (pem: string) => KeyObject): KeyObject {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`The signing key ${file} cannot be read: ${messageOf(error)}`);
  }
}
