import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type KeyFiles, loadOrCreateKeys } from './keys.ts';

let directory: string;
let files: KeyFiles;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stdb keys '));
  files = { privateFile: join(directory, 'deep', 'id_ecdsa'), publicFile: join(directory, 'deep', 'id_ecdsa.pub') };
});
afterEach(() => rmSync(directory, { recursive: true }));

test('keys are created once, private for the owner, and read again', () => {
  const first = loadOrCreateKeys(files);
  expect(statSync(files.privateFile).mode & 0o077).toBe(0);
  expect(readFileSync(files.privateFile, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  const second = loadOrCreateKeys(files);
  expect(second.publicPem).toBe(first.publicPem);
  expect(second.publicPem).toMatch(/^-----BEGIN PUBLIC KEY-----/);
});

test('half a pair, a foreign half and a broken file are refused with a way out', () => {
  loadOrCreateKeys(files);
  rmSync(files.publicFile);
  expect(() => loadOrCreateKeys(files)).toThrow(/id_ecdsa\.pub is missing.*Put the missing file back/);
  const other = { privateFile: join(directory, 'other'), publicFile: files.publicFile };
  loadOrCreateKeys({ ...other, publicFile: join(directory, 'other.pub') });
  writeFileSync(files.publicFile, readFileSync(join(directory, 'other.pub')));
  expect(() => loadOrCreateKeys(files)).toThrow(/not one EC P-256 key pair/);
  writeFileSync(files.publicFile, 'nonsense');
  expect(() => loadOrCreateKeys(files)).toThrow(/cannot be read/);
});
