/** Addresses that a module's HTTP requests may not reach: private and special-purpose ones. Reference "module host" 2.9. */
import { BlockList, isIPv6 } from 'node:net';

const ipv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  // 224/4 is multicast, 240/4 is reserved and holds the broadcast address.
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Unspecified, loopback, translation and discard prefixes, documentation, unique local, link-local, multicast. */
const ipv6 = [
  '::/128',
  '::1/128',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

function listOf(subnets: readonly string[], family: 'ipv4' | 'ipv6', list = new BlockList()): BlockList {
  for (const subnet of subnets) {
    const [net = '', prefix] = subnet.split('/');
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
}

const blocked = listOf(ipv6, 'ipv6', listOf(ipv4, 'ipv4'));
const loopback = listOf(['::1/128'], 'ipv6', listOf(['127.0.0.0/8'], 'ipv4'));

/** `address` is a numeric address. IPv4 addresses in IPv6 form are taken for what they are. */
export function isBlocked(address: string, allowLoopback: boolean): boolean {
  const plain = address.split('%')[0] ?? '';
  const family = isIPv6(plain) ? 'ipv6' : 'ipv4';
  if (allowLoopback && loopback.check(plain, family)) return false;
  return blocked.check(plain, family);
}
