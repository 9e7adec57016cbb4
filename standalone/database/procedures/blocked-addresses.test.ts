import { expect, it } from 'vitest';
import { isBlocked } from './blocked-addresses.ts';

it.each([
  '0.0.0.0',
  '10.255.255.255',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.31.0.1',
  '192.168.1.1',
  '198.19.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1%eth0',
  'fd00::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::a00:1',
  '2001:db8::1',
])('%s is closed', (address) => {
  expect(isBlocked(address, false)).toBe(true);
});

it.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '192.0.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
  '%s is open',
  (address) => {
    expect(isBlocked(address, false)).toBe(false);
  },
);

it('opens this machine, and nothing else, when told to', () => {
  expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map((address) => isBlocked(address, true))).toEqual([
    false,
    false,
    false,
  ]);
  expect(['10.0.0.1', '0.0.0.0', '::', 'fe80::1'].map((address) => isBlocked(address, true))).toEqual([
    true,
    true,
    true,
    true,
  ]);
});
