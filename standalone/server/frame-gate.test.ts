import { expect, test } from 'vitest';
import { FrameGate } from './frame-gate.ts';

function gate() {
  const fences: (() => void)[] = [];
  const client = {
    paused: false,
    pause() {
      this.paused = true;
    },
    resume() {
      this.paused = false;
    },
  };
  const tested = new FrameGate(() => new Promise<void>((resolve) => fences.push(resolve)));
  return { tested, fences, client };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a client far ahead of its database waits until half is done', async () => {
  const { tested, fences, client } = gate();
  for (let i = 0; i < 16_384; i++) tested.sent(10, client);
  expect(client.paused).toBe(false);
  tested.sent(10, client);
  expect(client.paused).toBe(true);
  expect(fences).toHaveLength(16);
  for (const pass of fences.splice(0, 7)) pass();
  await settle();
  expect(client.paused).toBe(true);
  for (const pass of fences.splice(0, 1)) pass();
  await settle();
  expect(client.paused).toBe(true);
  for (const pass of fences.splice(0, 1)) pass();
  await settle();
  expect(client.paused).toBe(false);
});

test('large frames count by their bytes', async () => {
  const { tested, fences, client } = gate();
  for (let i = 0; i < 3; i++) tested.sent(30_000_000, client);
  expect(client.paused).toBe(true);
  expect(fences).toHaveLength(3);
  for (const pass of fences) pass();
  await settle();
  expect(client.paused).toBe(false);
});

test('a database that is gone holds nobody', async () => {
  const client = { pauses: 0, pause: () => client.pauses++, resume: () => client.pauses-- };
  const tested = new FrameGate(() => Promise.reject(new Error('gone')));
  for (let i = 0; i < 20_000; i++) tested.sent(10, client);
  expect(client.pauses).toBe(1);
  await settle();
  expect(client.pauses).toBe(0);
});
