import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { fitReason } from './client-socket.ts';
import { startTemporaryServer, type TemporaryServer } from './testing/temporary-server.ts';

let server: TemporaryServer;
let owner: { identity: string; token: string };
const open: WebSocket[] = [];

beforeAll(async () => {
  server = await startTemporaryServer();
  owner = await server.account();
  await server.publish('chat', 'program', owner.token);
});
beforeEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});
afterAll(() => server.dispose());

interface Client {
  socket: WebSocket;
  /** Payloads as text, without the tag byte. */
  received: string[];
  next(): Promise<string>;
  closed: Promise<[number, string]>;
}

function connect(query = '', protocols = ['v3.bsatn.spacetimedb', 'v2.bsatn.spacetimedb'], headers = {}): Client {
  const url = `${server.url.replace('http', 'ws')}/v1/database/chat/subscribe${query}`;
  const socket = new WebSocket(url, protocols, { headers, perMessageDeflate: false });
  open.push(socket);
  const received: string[] = [];
  let wake = () => {};
  let read = 0;
  socket.on('message', (data: Buffer) => {
    received.push(data.subarray(1).toString());
    wake();
  });
  const closed = new Promise<[number, string]>((resolve) => {
    socket.on('close', (code, reason) => resolve([code, reason.toString()]));
  });
  socket.on('error', () => {
    // Seen as the close that follows, or as a refused upgrade by the tests that expect it.
  });
  const next = async (): Promise<string> => {
    while (received.length <= read) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return received[read++] as string;
  };
  return { socket, received, next, closed };
}

async function refusal(path: string, protocols: string[], headers = {}): Promise<[number, string]> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, protocols, { headers });
  open.push(socket);
  socket.on('error', () => {
    // `ws` also reports the refusal as an error.
  });
  const [, response] = await once(socket, 'unexpected-response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return [response.statusCode, Buffer.concat(chunks).toString()];
}

describe('opening', () => {
  test('the best protocol is chosen, Brotli and confirmed are the defaults, and the caller is named', async () => {
    const client = connect('', ['v2.bsatn.spacetimedb', 'v3.bsatn.spacetimedb']);
    const [response] = await once(client.socket, 'upgrade');
    const identity = response.headers['spacetime-identity'];
    expect(identity).toMatch(/^c200/);
    expect(response.headers['spacetime-identity-token']).toMatch(/^ey/);
    expect(await client.next()).toBe(`hello ${identity} v3 Brotli true`);
    expect(client.socket.protocol).toBe('v3.bsatn.spacetimedb');
  });

  test('query, header and token decide', async () => {
    const byHeader = connect('?compression=None&confirmed=false', ['v2.bsatn.spacetimedb'], {
      authorization: `Bearer ${owner.token}`,
    });
    expect(await byHeader.next()).toBe(`hello ${owner.identity} v2 None false`);
    expect(await connect(`?compression=Gzip&token=${owner.token}`).next()).toBe(`hello ${owner.identity} v3 Gzip true`);
  });

  test.each([
    ['/v1/database/nobody/subscribe', ['v3.bsatn.spacetimedb'], 404, '`nobody` not found'],
    ['/v1/database/chat/subscribe', ['v1.json.spacetimedb'], 400, 'SDK 2.x'],
    ['/v1/database/chat/subscribe', [], 400, 'no valid protocol selected'],
    ['/v1/database/chat/subscribe?compression=none', ['v3.bsatn.spacetimedb'], 400, 'unknown variant `none`'],
    ['/v1/database/chat/subscribe?confirmed=1', ['v3.bsatn.spacetimedb'], 400, 'confirmed'],
    [`/v1/database/chat/subscribe?connection_id=${'0'.repeat(32)}`, ['v3.bsatn.spacetimedb'], 400, 'all-zeros'],
    ['/v1/database/chat/subscribe?token=x', ['v3.bsatn.spacetimedb'], 401, 'Invalid token'],
    ['/v1/database/%ff/subscribe', ['v3.bsatn.spacetimedb'], 400, 'not readable'],
    ['/elsewhere', ['v3.bsatn.spacetimedb'], 404, 'No WebSocket'],
  ])('%s offering %j is refused with %i', async (path, protocols, status, text) => {
    expect(await refusal(path, protocols)).toEqual([status, expect.stringContaining(text)]);
  });

  test('without an upgrade the route says what it is', async () => {
    const response = await server.fetch('/database/chat/subscribe');
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('upgrade')]);
  });

  test('a client that the connect hook rejects is dropped without a close frame', async () => {
    const { createPrivateKey } = await import('node:crypto');
    const { readFileSync } = await import('node:fs');
    const { SignJWT } = await import('jose');
    const key = createPrivateKey(readFileSync(join(server.dataDir, 'id_ecdsa')));
    const token = await new SignJWT({ iss: 'localhost', sub: 'unwelcome' })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(key);
    const client = connect(`?token=${token}`);
    expect(await client.closed).toEqual([1006, '']);
    expect(client.received).toEqual([]);
  });
});

describe('frames', () => {
  test('go both ways in order, also those sent before the connect hook was done', async () => {
    const client = connect();
    await once(client.socket, 'open');
    const sent = Array.from({ length: 500 }, (_, i) => `frame ${i}`);
    for (const text of sent) client.socket.send(Buffer.from(text));
    while (client.received.length < 501) await client.next();
    expect(client.received.slice(1)).toEqual(sent);
  });

  test('more than a database can take at once wait in their sockets, and none is lost', async () => {
    const client = connect();
    await client.next();
    client.socket.send(Buffer.from('busy 300'));
    const count = 30_000;
    for (let i = 0; i < count; i++) client.socket.send(Buffer.from(String(i)));
    await waitFor(() => client.received.length === count + 2, 15_000);
    expect(client.received.slice(2)).toEqual(Array.from({ length: count }, (_, i) => String(i)));
  });

  test('a large one arrives whole; one beyond 32 MiB ends the connection', async () => {
    const client = connect();
    await client.next();
    const large = 'x'.repeat(5_000_000);
    client.socket.send(Buffer.from(large));
    expect(await client.next()).toBe(large);
    client.socket.send(Buffer.alloc(33 * 1024 * 1024));
    expect((await client.closed)[0]).toBe(1009);
  });

  test('text is refused', async () => {
    const client = connect();
    await client.next();
    client.socket.send('{}');
    expect(await client.closed).toEqual([1011, 'v2 websocket does not support text messages']);
  });

  test('a client that does not read is dropped, and the others do not notice', async () => {
    const slow = connect();
    await slow.next();
    slow.socket.pause();
    slow.socket.send(Buffer.from('flood 30000 1000'));
    const other = connect();
    expect(await other.next()).toMatch(/^hello/);
    const started = performance.now();
    for (let i = 0; i < 50; i++) {
      other.socket.send(Buffer.from(`still ${i}`));
      expect(await other.next()).toBe(`still ${i}`);
    }
    expect(performance.now() - started).toBeLessThan(5000);
    await waitFor(() => server.said.some((message) => /was dropped: too slow/.test(message)));
    slow.socket.resume();
    expect((await slow.closed)[0]).not.toBe(1000);
  });
});

describe('ends', () => {
  const logs = async () => (await server.fetch('/database/chat/logs', { token: owner.token })).text();

  test('the disconnect hook runs when a client leaves, also at once', async () => {
    const client = connect();
    await once(client.socket, 'open');
    client.socket.terminate();
    const connects = async () => (await logs()).match(/"connect \d+ v\d"/g)?.length;
    const disconnects = async () => (await logs()).match(/"disconnect \d+"/g)?.length;
    await waitFor(async () => (await connects()) === (await disconnects()));
  });

  test('a dying thread: calls fail clearly, sockets close with 1011, and the database comes back', async () => {
    const client = connect();
    await client.next();
    const call = (name: string) =>
      server.fetch(`/database/chat/call/${name}`, {
        method: 'POST',
        body: '[]',
        headers: { 'content-type': 'application/json' },
      });
    const [waiting, killer] = await Promise.all([call('never'), call('throw')]);
    for (const response of [waiting, killer]) {
      expect(response.status).toBe(503);
      expect(await response.text()).toContain('The database stopped: RangeError: broken on purpose.');
    }
    expect(await client.closed).toEqual([1011, expect.stringContaining('stopped unexpectedly')]);
    expect((await call('anything')).status).toBe(200);
    expect(await connect().next()).toMatch(/^hello/);
    expect(server.said).toContainEqual(expect.stringMatching(/stopped \(RangeError: broken on purpose\).*in 100 ms/));
  });

  test('the database closes a socket with a reason that is cut to fit', async () => {
    const client = connect();
    await client.next();
    const [, id] = /connect (\d+) v3"[^\n]*\n?$/.exec((await logs()).trimEnd()) ?? [];
    await server.fetch('/database/chat/call/kick', {
      method: 'POST',
      body: String(id),
      headers: { 'content-type': 'application/json' },
    });
    const [code, reason] = await client.closed;
    expect([code, reason]).toEqual([1011, fitReason('ü'.repeat(200))]);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
    expect(reason).toMatch(/^ü+…$/);
  });

  test('deleting a database closes its sockets with 1001', async () => {
    const name = 'short-lived';
    await server.publish(name, 'program', owner.token);
    const url = `${server.url.replace('http', 'ws')}/v1/database/${name}/subscribe`;
    const socket = new WebSocket(url, ['v3.bsatn.spacetimedb']);
    const closed = once(socket, 'close');
    await once(socket, 'message');
    await server.fetch(`/database/${name}`, { method: 'DELETE', token: owner.token });
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1001, 'module exited']);
  });

  test('a silent client is dropped after the idle time, one that answers pings stays, stopping says 1001', async () => {
    await server.stop();
    writeFileSync(join(server.dataDir, 'config.toml'), '[websocket]\nping-interval = "50ms"\nidle-timeout = "300ms"\n');
    await server.restart();
    const alive = connect();
    let pings = 0;
    alive.socket.on('ping', () => {
      pings += 1;
    });
    await alive.next();
    const { port } = new URL(server.url);
    const silent = createConnection(Number(port), '127.0.0.1');
    silent.write(
      [
        'GET /v1/database/chat/subscribe HTTP/1.1',
        'Host: x',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Protocol: v3.bsatn.spacetimedb',
        '',
        '',
      ].join('\r\n'),
    );
    silent.resume();
    silent.on('error', () => {
      // A reset is one way to be dropped.
    });
    const started = performance.now();
    await once(silent, 'close');
    expect(performance.now() - started).toBeGreaterThan(250);
    await waitFor(() => pings >= 3);
    expect(alive.socket.readyState).toBe(WebSocket.OPEN);
    await server.stop();
    expect(await alive.closed).toEqual([1001, 'server is stopping']);
    await expect(fetch(server.url)).rejects.toThrow();
  });
});

async function waitFor(condition: () => boolean | Promise<boolean>, milliseconds = 5000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited too long for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
