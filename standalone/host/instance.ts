/** One loaded module: a realm with the bundle in it, and the door through which its functions are called. */
import vm from 'node:vm';
import { fail, ok, type Result } from '../../schema/result.ts';
import { type BundleText, type CompiledBundle, compileBundle, compileText } from './load-bundle.ts';
import { type CallOutcome, preludeName, preludeSource, type RealmDoor, type RealmHost } from './realm-prelude.ts';
import { formatError, type Mapping, moduleFrames, moduleScriptName, readSourceMap } from './stack-trace.ts';
import type { CallContext } from './syscalls/call-context.ts';
import { makeRealmHost } from './syscalls/realm-host.ts';

/** Milliseconds that loading and describing a module may take together. */
const defaultLoadLimit = 10_000;

export interface ModuleInstance {
  /** BSATN of the RawModuleDef. */
  readonly definition: Uint8Array;
  readonly context: CallContext;
  /** For loading the module again in another thread. */
  readonly text: BundleText;
  callReducer(call: ReducerInvocation): InvocationResult;
  callProcedure(call: ReducerInvocation): ValueResult;
  callHttpHandler(call: HandlerInvocation): ValueResult;
  /** Runs a view by its position in its kind. Without a sender it is an anonymous one. */
  callView(index: number, sender: bigint | undefined): ValueResult;
  /** Drops what system calls still hold for the call that just ended. */
  endCall(): void;
  /** Runs what module code has left for later: continuations of its promises. */
  drain(): void;
  /** The same module in a new realm, with the same context. */
  renew(): Result<ModuleInstance>;
}

export interface ReducerInvocation {
  id: number;
  sender: bigint;
  /** 0n for none. */
  connection: bigint;
  /** Microseconds since the Unix epoch. */
  timestamp: bigint;
  args: Uint8Array;
}

export interface HandlerInvocation {
  id: number;
  /** Microseconds since the Unix epoch. */
  timestamp: bigint;
  /** BSATN of an HttpRequest. */
  head: Uint8Array;
  body: Uint8Array;
}

/** BSATN of a procedure's value; or head and body of a handler's response. */
export type ValueResult =
  | { outcome: 'returned'; values: Uint8Array[] }
  | Exclude<InvocationResult, { outcome: 'returned' }>;

export type InvocationResult =
  | { outcome: 'returned' }
  /** A SenderError: its message is for the caller. */
  | { outcome: 'refused'; message: string }
  /** Anything else: `report` is for the module log, with the mapped stack. */
  | { outcome: 'failed'; message: string; report: string };

/** Evaluating anything in a realm runs its microtasks. */
const drainScript = new vm.Script('0', { filename: preludeName });

/** A realm with an ordinary global object. Node before 22.8 has only intercepted ones: the same, but slower. */
const plainGlobal: typeof vm.constants.DONT_CONTEXTIFY | undefined = vm.constants.DONT_CONTEXTIFY;

const prelude = new vm.Script(preludeSource, { filename: preludeName });

/** Compiles and instantiates a bundle. Fails with a text for the developer. */
export async function loadModule(
  bundle: string,
  context: CallContext,
  limit = defaultLoadLimit,
): Promise<Result<ModuleInstance>> {
  const compiled = await compileBundle(bundle);
  return compiled.ok ? instantiate(compiled.value, context, limit) : compiled;
}

export type MakeHost = typeof makeRealmHost;

/** Loads a module that was loaded before, perhaps in another thread. `makeHost` makes its system calls. */
export function loadAgain(text: BundleText, context: CallContext, makeHost: MakeHost): Result<ModuleInstance> {
  const compiled = compileText(text);
  return compiled.ok ? instantiate(compiled.value, context, defaultLoadLimit, makeHost) : compiled;
}

/** Another instance of a compiled bundle, in a realm of its own. */
function instantiate(
  compiled: CompiledBundle,
  context: CallContext,
  limit: number,
  makeHost: MakeHost = makeRealmHost,
): Result<ModuleInstance> {
  // Its own microtask queue: what module code does after an `await` runs when `drain` says so, under its time limit,
  // and not between turns of the event loop, where nothing could stop it.
  const realm = vm.createContext(plainGlobal, {
    name: moduleScriptName,
    microtaskMode: 'afterEvaluate',
  });
  const map = readSourceMap(compiled.sourceMap);
  const host = makeHost(context, map);
  const makeDoor = prelude.runInContext(realm) as (host: RealmHost) => RealmDoor;
  const door = makeDoor(host.calls);
  const definition = load(compiled, realm, door, map, limit);
  if (!definition.ok) return definition;
  return ok(
    new Instance({
      door,
      map,
      context,
      text: { code: compiled.code, sourceMap: compiled.sourceMap },
      definition: definition.value,
      endCall: host.endCall,
      drain: () => void drainScript.runInContext(realm),
      renew: () => instantiate(compiled, context, limit, makeHost),
    }),
  );
}

/** Runs the bundle and its describe hook, under a time limit. */
function load(
  compiled: CompiledBundle,
  realm: vm.Context,
  door: RealmDoor,
  map: Mapping | undefined,
  limit: number,
): Result<Uint8Array> {
  const run = compiled.script.runInContext(realm);
  const report = (): { ok: false; message: string } =>
    fail(formatError(door.errorName(), door.errorMessage(), moduleFrames(door.errorStack(), map)));
  try {
    const loaded = runLimited(() => door.load(run), limit);
    if (loaded !== 0) return report();
    const described = runLimited(() => door.describe(), limit);
    return described ? ok(new Uint8Array(described)) : report();
  } catch (error) {
    if (isTimeout(error)) {
      return fail(
        `The module did not finish loading within ${limit / 1000} s. Look for a loop in the code that runs at import time.`,
      );
    }
    throw error;
  }
}

const limitedScript = new vm.Script('run()', { filename: preludeName });
const limitRealm = vm.createContext(plainGlobal) as { run?: () => void };

/**
 * Runs a function; after `milliseconds` everything below it is stopped at once, past any `catch` and `finally`,
 * and an error for which `isTimeout` holds is thrown. Costs about 0.1 ms, so many calls should share one.
 */
export function runLimited<T>(run: () => T, milliseconds: number): T {
  let result: T | undefined;
  limitRealm.run = () => {
    result = run();
  };
  try {
    limitedScript.runInContext(limitRealm as vm.Context, { timeout: milliseconds });
  } finally {
    limitRealm.run = undefined;
  }
  return result as T;
}

/** The error is of the realm that was stopped, so its class says nothing here. */
export const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

type InstanceParts = Pick<ModuleInstance, 'context' | 'definition' | 'text' | 'endCall' | 'drain' | 'renew'> & {
  door: RealmDoor;
  map: Mapping | undefined;
};

class Instance implements ModuleInstance {
  readonly definition: Uint8Array;
  readonly context: CallContext;
  readonly text: BundleText;
  readonly endCall: () => void;
  readonly drain: () => void;
  readonly renew: () => Result<ModuleInstance>;
  readonly #door: RealmDoor;
  readonly #map: Mapping | undefined;
  #args: Buffer;

  constructor({ door, map, context, text, definition, endCall, drain, renew }: InstanceParts) {
    this.#door = door;
    this.#map = map;
    this.definition = definition;
    this.context = context;
    this.text = text;
    this.endCall = endCall;
    this.drain = drain;
    this.renew = renew;
    this.#args = Buffer.from(door.args());
  }

  callReducer(call: ReducerInvocation): InvocationResult {
    const { args } = call;
    this.#passArguments(args);
    return this.#result(this.#door.callReducer(call.id, call.sender, call.connection, call.timestamp, args.length));
  }

  callProcedure({ id, sender, connection, timestamp, args }: ReducerInvocation): ValueResult {
    this.#passArguments(args);
    return this.#values(this.#door.callProcedure(id, sender, connection, timestamp, args.length));
  }

  callView(index: number, sender: bigint | undefined): ValueResult {
    return this.#values(this.#door.callView(index, sender ?? 0n, sender === undefined));
  }

  callHttpHandler({ id, timestamp, head, body }: HandlerInvocation): ValueResult {
    this.#passArguments(Buffer.concat([head, body]));
    return this.#values(this.#door.callHttpHandler(id, timestamp, head.length, body.length));
  }

  #passArguments(args: Uint8Array): void {
    if (args.length > this.#args.length) {
      this.#door.growArgs(args.length * 2);
      this.#args = Buffer.from(this.#door.args());
    }
    this.#args.set(args, 0);
  }

  #values(outcome: CallOutcome): ValueResult {
    const result = this.#result(outcome);
    if (result.outcome !== 'returned') return result;
    return { outcome: 'returned', values: this.#door.results().map((value) => new Uint8Array(value)) };
  }

  #result(outcome: CallOutcome): InvocationResult {
    if (outcome === 0) return { outcome: 'returned' };
    const message = this.#door.errorMessage();
    if (outcome === 1) return { outcome: 'refused', message };
    const frames = moduleFrames(this.#door.errorStack(), this.#map);
    return { outcome: 'failed', message, report: formatError(this.#door.errorName(), message, frames) };
  }
}
