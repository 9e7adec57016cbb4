import { describe, expect, it } from 'vitest';
import type { OutgoingFrame, SocketOptions } from './messages.ts';
import { Outbox } from './outbox.ts';

const options = (socket: number, confirmed: boolean): SocketOptions => ({
  socket,
  confirmed,
  protocol: 'v3',
  compression: 'None',
  token: '',
});

/** An outbox with a confirmed socket 1 and an unconfirmed socket 2; `sent` holds `socket:messages` per flush. */
function outbox(): { box: Outbox; sent: string[] } {
  const sent: string[] = [];
  const box = new Outbox((frames: OutgoingFrame[]) => {
    sent.push(frames.map(({ socket, data }) => `${socket}:${[...data.subarray(1)].join()}`).join(' '));
  });
  box.open(options(1, true));
  box.open(options(2, false));
  return { box, sent };
}

const message = (n: number): Uint8Array => new Uint8Array([n]);

describe('outbox', () => {
  it('holds what is not durable from sockets that want confirmed data only', () => {
    const { box, sent } = outbox();
    for (const socket of [1, 2]) box.push(socket, message(7), 5n);
    box.flush();
    expect(sent).toEqual(['2:7']);
    box.durableUpTo(4n);
    expect(sent).toEqual(['2:7']);
    box.durableUpTo(5n);
    expect(sent).toEqual(['2:7', '1:7']);
  });

  it('keeps the order of each socket: nothing overtakes a message that waits', () => {
    const { box, sent } = outbox();
    box.durableUpTo(1n);
    box.push(1, message(1), 1n);
    box.push(1, message(2), 2n);
    box.push(1, message(3), 1n);
    box.flush();
    expect(sent).toEqual(['1:1']);
    box.durableUpTo(9n);
    expect(sent).toEqual(['1:1', '1:2,3']);
  });

  it('sends what one turn made ready together, and nothing to sockets that are gone', async () => {
    const { box, sent } = outbox();
    box.push(2, message(1), 0n);
    box.push(2, message(2), 0n);
    box.push(1, message(3), 0n);
    box.close(1);
    box.push(1, message(4), 0n);
    box.durableUpTo(9n);
    await new Promise(setImmediate);
    expect(sent).toEqual(['2:1,2']);
  });
});
