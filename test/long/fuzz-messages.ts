/** Damaged frames of clients, and damaged bodies of calls and queries, against one database in this process. */
import { BsatnWriter } from '../../schema/bsatn.ts';
import { decodePayload } from '../../standalone/protocol/testing/decode.ts';
import { databaseOwner, InProcessDatabase, publishTo, rowsOf } from '../support/in-process-database.ts';
import { bundleSource } from '../support/modules.ts';
import { mutated, type Random, randomFrom } from '../support/random.ts';
import { ledgerModule, ledgerProblem, ledgerQueries } from './ledger-module.ts';

export interface MessageFuzzResult {
  frames: number;
  bodies: number;
  /** Sockets that were closed for what they sent. */
  closed: number;
  /** Messages sent to the sockets; all of them could be decoded. */
  answers: number;
}

/** Cases between two checks of the rows. */
const checkEvery = 500;
const connections = 32;

/** Throws when the database crashes, hangs, sends what is no message, or holds a wrong row. */
export async function fuzzMessages(frames: number, bodies: number, seed: number): Promise<MessageFuzzResult> {
  const random = randomFrom(seed);
  const result: MessageFuzzResult = { frames: 0, bodies: 0, closed: 0, answers: 0 };
  const database = new InProcessDatabase();
  const sockets = new Sockets(database, result);
  await database.request('open', {});
  await publishTo(database, await bundleSource(ledgerModule));
  const check = async (): Promise<void> => {
    const problem = await ledgerProblem((query) => rowsOf(database, query));
    if (problem !== undefined) throw new Error(`after ${result.frames} frames and ${result.bodies} bodies: ${problem}`);
  };
  while (result.frames < frames) {
    for (let i = 0; i < checkEvery; i++, result.frames++) {
      if (!sockets.send(random, (v3) => frame(v3, random))) {
        await sockets.connect();
        i--;
        result.frames--;
      }
      // Let the database work, so that sockets hear of what they sent before they are closed for something else.
      if (i % 20 === 0) await database.request('drained', {});
    }
    await database.request('drained', {});
    await check();
  }
  while (result.bodies < bodies) {
    for (let i = 0; i < checkEvery; i++, result.bodies++) await body(database, random);
    await check();
  }
  await database.request('close', {});
  return result;
}

class Sockets {
  readonly #database: InProcessDatabase;
  readonly #numbers: (number | undefined)[] = new Array(connections).fill(undefined);
  #last = 0;

  constructor(database: InProcessDatabase, result: MessageFuzzResult) {
    this.#database = database;
    database.onEvent = (event) => {
      if (event.kind === 'frames') {
        for (const { data } of event.frames) result.answers += decodePayload(data).length;
      } else if (event.kind === 'closeSocket') {
        result.closed++;
        const place = this.#numbers.indexOf(event.socket);
        if (place >= 0) this.#numbers[place] = undefined;
        void database.request('disconnect', { ...who(event.socket), socket: event.socket });
      }
    };
  }

  /** Connects in the places of those that were closed. */
  async connect(): Promise<void> {
    const opened = this.#numbers.map(async (number, place) => {
      if (number !== undefined) return;
      const socket = ++this.#last;
      const options = { compression: 'None', confirmed: true, token: 'token', socket } as const;
      const reply = await this.#database.request('connect', {
        ...who(socket),
        jwtPayload: '{}',
        socket: { ...options, protocol: isV3(place) ? 'v3' : 'v2' },
      });
      if (!reply.ok) throw new Error(reply.message);
      this.#numbers[place] = socket;
    });
    await Promise.all(opened);
  }

  /** Sends to one of the open sockets; false when all are closed. */
  send(random: Random, make: (v3: boolean) => Uint8Array): boolean {
    const first = random.integer(connections);
    for (let i = 0; i < connections; i++) {
      const place = (first + i) % connections;
      const socket = this.#numbers[place];
      if (socket === undefined) continue;
      this.#database.sendFrame(socket, make(isV3(place)));
      return true;
    }
    return false;
  }
}

const isV3 = (place: number): boolean => place % 2 === 0;

const who = (socket: number): { identity: string; connectionId: string } => ({
  identity: (socket % 5).toString(16).padStart(64, '0'),
  connectionId: socket.toString(16).padStart(32, '0'),
});

/** A frame that is nearly right; one in eight is right. */
function frame(v3: boolean, random: Random): Uint8Array {
  const messages = Array.from({ length: v3 ? 1 + random.integer(3) : 1 }, () => message(random));
  const whole = Buffer.concat(messages);
  return random.chance(0.125) ? new Uint8Array(whole) : mutated(whole, random);
}

function message(random: Random): Uint8Array {
  const writer = new BsatnWriter();
  const tag = random.pick([0, 1, 2, 3, 3, 4]);
  writer.u8(tag);
  writer.u32(random.integer(1000));
  if (tag === 0) {
    writer.u32(random.integer(6));
    const count = random.integer(3);
    writer.u32(count);
    for (let i = 0; i < count; i++) writer.string(random.pick(ledgerQueries));
  } else if (tag === 1) {
    writer.u32(random.integer(6));
    writer.u8(random.integer(2));
  } else if (tag === 2) {
    writer.string(random.pick(ledgerQueries));
  } else {
    writer.u8(0);
    const name = tag === 4 ? 'work' : random.pick(['transfer', 'note']);
    writer.string(name);
    writer.bytes(reducerArguments(name, random));
  }
  return writer.finish();
}

function reducerArguments(name: string, random: Random): Uint8Array {
  const writer = new BsatnWriter();
  if (name === 'note') {
    writer.string(random.pick(['a', 'b', '', 'é\u{10000}']));
    writer.u32(2);
    writer.string('tag');
    writer.string('');
    const some = random.chance(0.5);
    writer.u8(some ? 0 : 1);
    if (some) writer.u64(BigInt(random.integer(1e9)) << 32n);
    writer.u8(random.integer(2));
  } else {
    writer.u32(random.integer(10));
    writer.u32(random.integer(10));
    writer.u64(BigInt(random.integer(300)));
  }
  return writer.finish();
}

const goodBodies: readonly [string, string][] = [
  ['transfer', '[1,2,5]'],
  ['transfer', '{"from":3,"to":4,"amount":7}'],
  ['transfer', '[0,9,9223372036854775807]'],
  ['note', '["name",["x","\\u0041\\ud83d\\ude00"],{"some":1.5},true]'],
  ['note', '["name",[],{"none":[]},false]'],
  ['note', '["n",["y"],null,false]'],
];

async function body(database: InProcessDatabase, random: Random): Promise<void> {
  const text = (good: string): string => Buffer.from(mutated(Buffer.from(good), random)).toString('utf8');
  if (random.chance(0.5)) {
    const query = text(random.pick(ledgerQueries));
    const caller = { identity: databaseOwner, connectionId: '99'.repeat(16) };
    const reply = await database.request('sql', { ...caller, query });
    if (!reply.ok && reply.status >= 500) throw new Error(`the query ${JSON.stringify(query)}: ${reply.message}`);
    return;
  }
  const [name, args] = random.pick(goodBodies);
  const argsJson = text(args);
  const caller = { identity: databaseOwner, connectionId: '99'.repeat(16) };
  const reply = await database.request('call', { ...caller, name, argsJson });
  // 530 is the module's own refusal.
  if (!reply.ok && reply.status >= 500 && reply.status !== 530) {
    throw new Error(`the call ${name} ${JSON.stringify(argsJson)}: ${reply.message}`);
  }
}
