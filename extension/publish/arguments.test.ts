import { expect, test } from 'vitest';
import { publishArguments } from './arguments.ts';

const local = {
  database: 'chat',
  modulePath: '/w/my module',
  server: 'http://127.0.0.1:3000',
  remote: false,
  breakClients: false,
  deleteData: false,
};

test('a plain publish agrees to nothing that loses anything', () => {
  expect(publishArguments(local)).toEqual(
    ['publish', 'chat', '--module-path', '/w/my module', '-s', 'http://127.0.0.1:3000', '--no-config'].concat(
      '--yes=skip-login,migrate',
    ),
  );
});

test('each consent is passed on by itself', () => {
  expect(publishArguments({ ...local, remote: true }).at(-1)).toBe('--yes=skip-login,migrate,remote');
  expect(publishArguments({ ...local, breakClients: true }).at(-1)).toBe('--yes=skip-login,migrate,break-clients');
  expect(publishArguments({ ...local, deleteData: true }).slice(-2)).toEqual([
    '--delete-data=on-conflict',
    '--yes=skip-login,migrate,delete-data',
  ]);
});
