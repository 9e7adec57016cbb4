/**
 * A database thread for the tests of this folder: it speaks the messages and fails on command, which a real database
 * must never do. Frames from a client come back with tag byte 0; `call` names what happens.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { DatabaseWorkerOptions, FromWorker, LogRecord, ToWorker } from '../../database/messages.ts';

const { directory, databaseIdentity } = workerData as DatabaseWorkerOptions;
const marker = directory === undefined ? undefined : join(directory, 'program');
let program = false;
const post = (message: FromWorker) => parentPort?.postMessage(message);

const logLine = (message: string): LogRecord => ({
  level: 'Info',
  ts: Date.now() * 1000,
  target: undefined,
  filename: undefined,
  line_number: undefined,
  function: undefined,
  message,
});

type Request = Extract<ToWorker, { kind: 'request' }>;
type Reply = Extract<FromWorker, { kind: 'reply' }>['reply'];

function answer(request: Request): Reply | undefined {
  switch (request.name) {
    case 'open':
      if (directory !== undefined && existsSync(join(directory, 'crash'))) process.exit(9);
      program = marker !== undefined && existsSync(marker);
      if (directory !== undefined && existsSync(join(directory, 'damaged'))) {
        return { ok: false, status: 500, message: 'the commit log is damaged' };
      }
      return { ok: true, hasProgram: program };
    case 'publish': {
      const text = new TextDecoder().decode(request.args.program);
      if (text.includes('refuse')) return { ok: false, status: 400, message: 'Database update rejected: refused' };
      const op = program ? 'updated' : 'created';
      program = true;
      if (directory !== undefined && marker !== undefined) {
        mkdirSync(directory, { recursive: true });
        writeFileSync(marker, text);
      }
      return { ok: true, op };
    }
    case 'prePublish':
      return { ok: true, kind: 'ManualMigrate', reason: 'because' };
    case 'connect': {
      if (JSON.parse(request.args.jwtPayload).sub === 'unwelcome')
        return { ok: false, status: 403, message: 'go away' };
      const { socket, identity } = request.args;
      post({ kind: 'log', records: [logLine(`connect ${socket?.socket ?? 'http'} ${socket?.protocol}`)] });
      if (socket) {
        const hello = `hello ${identity} ${socket.protocol} ${socket.compression} ${socket.confirmed}`;
        post({ kind: 'frames', frames: [{ socket: socket.socket, data: Buffer.from(`\0${hello}`) }] });
      }
      return { ok: true };
    }
    case 'disconnect':
      post({ kind: 'log', records: [logLine(`disconnect ${request.args.socket ?? 'http'}`)] });
      return { ok: true };
    case 'call':
      return call(request.args.name, request.args.argsJson);
    case 'schema':
      return { ok: true, json: '{"sections":[]}' };
    case 'sql':
      return { ok: true, json: '[]', durationMicros: 1 };
    case 'metrics':
      return {
        ok: true,
        metrics: [{ name: 'calls', kind: 'counter', samples: [{ labels: { db: databaseIdentity }, value: 1 }] }],
      };
    case 'drained':
    case 'close':
      return { ok: true };
  }
}

function call(name: string, argsJson: string): Reply | undefined {
  if (!program) return { ok: false, status: 404, message: 'no program' };
  if (name === 'exit') process.exit(7);
  if (name === 'throw') throw new RangeError('broken on purpose');
  if (name === 'never') return undefined;
  if (name === 'fail') return { ok: false, status: 530, message: 'the reducer said no' };
  if (name === 'kick') {
    post({ kind: 'closeSocket', socket: Number(argsJson), code: 1011, reason: 'ü'.repeat(200) });
  }
  return { ok: true, json: name === 'value' ? argsJson : undefined, durationMicros: 12.4 };
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'request') {
    const reply = answer(message);
    if (reply) post({ kind: 'reply', id: message.id, reply });
    return;
  }
  const { socket, data } = message;
  const text = new TextDecoder().decode(data.subarray(0, 32));
  const [, count, size] = /^flood (\d+) (\d+)/.exec(text) ?? [];
  if (count !== undefined && size !== undefined) {
    for (let i = 0; i < Number(count); i++) {
      post({ kind: 'frames', frames: [{ socket, data: new Uint8Array(Number(size)) }] });
    }
    return;
  }
  const [, milliseconds] = /^busy (\d+)/.exec(text) ?? [];
  if (milliseconds !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(milliseconds));
  const echo = new Uint8Array(data.length + 1);
  echo.set(data, 1);
  post({ kind: 'frames', frames: [{ socket, data: echo }] });
});
