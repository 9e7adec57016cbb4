/** A network namespace with nothing but loopback, where the machine allows one: tests in it cannot reach out. */
import { spawnSync } from 'node:child_process';

/** Raises the loopback interface; the second way works without the `ip` program. SIOCSIFFLAGS with IFF_UP. */
const raiseLoopback = [
  'ip link set lo up',
  `python3 -c "import fcntl,socket,struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sH14x', b'lo', 1))"`,
];

/** The words to put before a command so that it runs with loopback only; empty where that cannot be done. */
export function closedNetwork(): string[] {
  if (process.platform !== 'linux') return [];
  // Root needs no user namespace; others do, and may be refused one.
  const flags = process.getuid?.() === 0 ? ['-n', '-rn'] : ['-rn'];
  for (const flag of flags) {
    for (const raise of raiseLoopback) {
      const { status } = spawnSync('unshare', [flag, 'sh', '-c', raise], { stdio: 'ignore' });
      if (status === 0) return ['unshare', flag, 'sh', '-c', `${raise} && exec "$@"`, 'sh'];
    }
  }
  return [];
}
