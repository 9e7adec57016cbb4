import { describe, expect, test } from 'vitest';
import {
  errorText,
  migrationReasons,
  parsePublished,
  parseServerList,
  parseToken,
  parseVersion,
  publishRefusal,
} from './output.ts';

const identity = 'c200'.padEnd(64, 'a');

describe('version', () => {
  test.each([
    [
      'spacetime Path: /x/spacetime\nCommit: abc\nspacetimedb tool version 2.8.3; spacetimedb-lib version 2.8.3;\n',
      '2.8.3',
    ],
    ['spacetimedb tool version 2.10.1 (embedded, Workbench 0.1.0); spacetimedb-lib version 2.10.1;', '2.10.1'],
    ['spacetime 2.10.1\n', '2.10.1'],
    ['something else', undefined],
  ])('%j', (text, version) => expect(parseVersion(text)).toBe(version));
});

test('token', () => {
  expect(parseToken("You are logged in as c2\nYour auth token (don't share this!) is eyJ.a.b\n")).toBe('eyJ.a.b');
  expect(parseToken('You are not logged in. Run `spacetime login` to log in.')).toBe(undefined);
});

test('outcome of a publish', () => {
  expect(parsePublished(`Publishing module...\nCreated new database with name: chat, identity: ${identity}\n`)).toEqual(
    {
      created: true,
      name: 'chat',
      identity,
    },
  );
  expect(parsePublished(`Updated database with identity: ${identity}`)).toEqual({
    created: false,
    name: undefined,
    identity,
  });
  expect(parsePublished('Publishing aborted by user')).toBe(undefined);
});

test('refusals', () => {
  const manual =
    'Error: Aborting because publishing would require manual migration or deletion of data and --delete-data was not specified.';
  expect(publishRefusal(manual)).toBe('manualMigration');
  expect(publishRefusal('The update breaks existing clients. [y/N]\nPublishing aborted by user')).toBe('breaksClients');
  expect(publishRefusal('Error: cannot reach the server')).toBe(undefined);
});

test('reasons of a refusal', () => {
  const output = `Build finished successfully.
Checking for breaking changes...
The database cannot be migrated automatically:
Adding a column extra to table message requires a default value annotation
Error: Aborting because publishing would require manual migration`;
  expect(migrationReasons(output)).toEqual([
    'Adding a column extra to table message requires a default value annotation',
  ]);
  expect(migrationReasons('Checking for breaking changes...\n- Add x\nContinue? [y/N] ')).toEqual(['- Add x']);
});

test('error text leaves out noise', () => {
  const stderr = `WARNING: This command is UNSTABLE and subject to breaking changes.

Error: no such table: \`x\`

Caused by:
    HTTP status client error (400 Bad Request) for url (http://127.0.0.1:3000/v1)
`;
  expect(errorText(stderr)).toBe('no such table: `x`');
  expect(errorText('thread panicked')).toBe('thread panicked');
});

test('server list', () => {
  const text = `WARNING: unstable
 DEFAULT   HOSTNAME                     PROTOCOL   NICKNAME
     ***   maincloud.spacetimedb.com    https      maincloud
           127.0.0.1:3000               http       local
`;
  expect([...parseServerList(text)]).toEqual([
    ['maincloud', 'https://maincloud.spacetimedb.com'],
    ['local', 'http://127.0.0.1:3000'],
  ]);
});
