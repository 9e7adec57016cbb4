/**
 * The part of the host that lives inside the module's realm, as source text. Module code only ever touches objects of
 * its own realm: every function below is made there and closes over host functions that take and give primitives and
 * buffers, and host functions never throw across (they record a failure and return undefined). So no prototype chain
 * leads from module code to Node, and `instanceof` works for everything the module can catch.
 */

/** File name under which the prelude appears in stacks; its frames are cut from traces shown to people. */
export const preludeName = 'spacetimedb_host';

/** What the prelude asks of the host. Where `undefined` comes back, `failure()` says why. */
export interface RealmHost {
  /** `[errno, message]` of the call that just returned undefined; errno 0 is a TypeError, -n a buffer too small by n. */
  failureCode(): number;
  failureText(): string;
  utf8Length(text: string): number;
  utf8Write(text: string, target: ArrayBuffer, offset: number): void;
  utf8Read(source: ArrayBuffer, offset: number, length: number, fatal: boolean, keepBom: boolean): string | undefined;
  tableId(name: string): number | undefined;
  indexId(name: string): number | undefined;
  rowCount(table: number): bigint | undefined;
  scanTable(table: number): number | undefined;
  scanPoint(index: number, buffer: ArrayBuffer, length: number): number | undefined;
  scanRange(
    index: number,
    buffer: ArrayBuffer,
    prefixLength: number,
    prefixElements: number,
    startLength: number,
    endLength: number,
  ): number | undefined;
  deletePoint(index: number, buffer: ArrayBuffer, length: number): number | undefined;
  deleteRange(
    index: number,
    buffer: ArrayBuffer,
    prefixLength: number,
    prefixElements: number,
    startLength: number,
    endLength: number,
  ): number | undefined;
  advance(iterator: number, buffer: ArrayBuffer): number | undefined;
  close(iterator: number): number | undefined;
  insert(table: number, buffer: ArrayBuffer, length: number): number | undefined;
  update(table: number, index: number, buffer: ArrayBuffer, length: number): number | undefined;
  deleteEqual(table: number, buffer: ArrayBuffer, length: number): number | undefined;
  clear(table: number): bigint | undefined;
  scheduleImmediate(name: string, args: ArrayBuffer, offset: number, length: number): number | undefined;
  log(level: number, message: string, stack: string): number | undefined;
  timerStart(name: string): number | undefined;
  timerEnd(timer: number): number | undefined;
  identity(): bigint | undefined;
  jwtPayload(connection: bigint): string | undefined;
  startTransaction(): bigint | undefined;
  commitTransaction(): number | undefined;
  abortTransaction(): number | undefined;
  /** Sends a request; gives the size of the response's head, and keeps the response for the two calls after it. */
  httpRequest(
    head: ArrayBuffer,
    headOffset: number,
    headLength: number,
    body: ArrayBuffer,
    bodyOffset: number,
    bodyLength: number,
  ): number | undefined;
  httpBodySize(): number;
  /** Copies the kept response into buffers of the right sizes. */
  httpTake(head: ArrayBuffer, body: ArrayBuffer): void;
}

/** What the prelude gives the host: called with primitives, never throws what it can catch. */
export interface RealmDoor {
  /** Runs the bundle, finds its hooks and checks them. */
  load(run: (exports: object, require: (name: string) => object, module: { exports: object }) => void): CallOutcome;
  /** The module definition; copied out by the host. */
  describe(): Uint8Array | undefined;
  /** Arguments are in `args[0, length)`. */
  callReducer(id: number, sender: bigint, connection: bigint, timestamp: bigint, length: number): CallOutcome;
  /** As for a reducer; what it returned is in `results`. */
  callProcedure(id: number, sender: bigint, connection: bigint, timestamp: bigint, length: number): CallOutcome;
  /** A view for a caller or for everybody; `results` has its data. */
  callView(id: number, sender: bigint, isAnonymous: boolean): CallOutcome;
  /** The request's head is in `args[0, headLength)`, its body behind it; head and body of the response are in `results`. */
  callHttpHandler(id: number, timestamp: bigint, headLength: number, bodyLength: number): CallOutcome;
  /** What the last procedure or handler returned; copied out by the host. */
  results(): readonly Uint8Array[];
  readonly args: () => ArrayBuffer;
  growArgs(size: number): void;
  /** After an outcome other than 0. */
  errorName(): string;
  errorMessage(): string;
  errorStack(): string;
}

/** 0 it returned, 1 it threw the module's SenderError, 2 it threw something else. */
export type CallOutcome = 0 | 1 | 2;

/** Source of a function expression `(host: RealmHost) => RealmDoor`. */
export const preludeSource = `(host => {
'use strict';
const { isInteger } = Number;
const { defineProperty, getOwnPropertyNames, create, keys, freeze } = Object;
const RealmString = String, RealmTypeError = TypeError, RealmRangeError = RangeError;
let hooks, failure = { name: 'Error', message: '', stack: '' };

function raise() {
  const code = host.failureCode();
  const text = host.failureText();
  if (code < 0) throw { __buffer_too_small__: -code };
  if (code === 0) throw new RealmTypeError(text);
  const HostError = hooks === undefined ? Error : hooks.__get_error_constructor__(code);
  throw new HostError(text);
}
const given = result => result === undefined ? raise() : result;
const done = result => { if (result === undefined) raise(); };

function u32(value) {
  if (value >>> 0 !== value) throw new RealmTypeError('expected an unsigned 32-bit integer');
  return value;
}
function text(value) {
  if (typeof value !== 'string') throw new RealmTypeError('expected a string');
  return value;
}
function big(value) {
  if (typeof value !== 'bigint') throw new RealmTypeError('expected a bigint');
  return value;
}
function buffer(value) {
  if (!(value instanceof ArrayBuffer)) throw new RealmTypeError('expected an ArrayBuffer');
  return value;
}
function within(value, length) {
  buffer(value);
  if (u32(length) > value.byteLength) throw new RealmRangeError('length argument was out of bounds for \`ArrayBuffer\`');
  return value;
}
function bytes(value) {
  if (!(value instanceof Uint8Array)) throw new RealmTypeError('expected a Uint8Array');
  return value;
}
const range = (buf, prefix, start, end) => within(buf, prefix + start + end);

const utf8 = string => {
  const out = new Uint8Array(host.utf8Length(string));
  host.utf8Write(string, out.buffer, 0);
  return out;
};

const calls = {
  moduleHooks: Symbol.for('SpacetimeDB.moduleHooks.v2'),
  table_id_from_name: name => given(host.tableId(text(name))),
  index_id_from_name: name => given(host.indexId(text(name))),
  datastore_table_row_count: table => given(host.rowCount(u32(table))),
  datastore_table_scan_bsatn: table => given(host.scanTable(u32(table))),
  datastore_index_scan_point_bsatn: (index, buf, length) => given(host.scanPoint(u32(index), within(buf, length), length)),
  datastore_index_scan_range_bsatn: (index, buf, prefix, elements, start, end) =>
    given(host.scanRange(u32(index), range(buf, u32(prefix), u32(start), u32(end)), prefix, u32(elements), start, end)),
  datastore_delete_by_index_scan_point_bsatn: (index, buf, length) =>
    given(host.deletePoint(u32(index), within(buf, length), length)),
  datastore_delete_by_index_scan_range_bsatn: (index, buf, prefix, elements, start, end) =>
    given(host.deleteRange(u32(index), range(buf, u32(prefix), u32(start), u32(end)), prefix, u32(elements), start, end)),
  row_iter_bsatn_advance: (iterator, buf) => given(host.advance(u32(iterator), buffer(buf))),
  row_iter_bsatn_close: iterator => done(host.close(u32(iterator))),
  datastore_insert_bsatn: (table, buf, length) => given(host.insert(u32(table), within(buf, length), length)),
  datastore_update_bsatn: (table, index, buf, length) =>
    given(host.update(u32(table), u32(index), within(buf, length), length)),
  datastore_delete_all_by_eq_bsatn: (table, buf, length) => given(host.deleteEqual(u32(table), within(buf, length), length)),
  volatile_nonatomic_schedule_immediate: (name, args) => {
    bytes(args);
    done(host.scheduleImmediate(text(name), args.buffer, args.byteOffset, args.byteLength));
  },
  console_log: (level, message) => done(host.log(u32(level), RealmString(message), new Error().stack)),
  console_timer_start: name => given(host.timerStart(text(name))),
  console_timer_end: timer => done(host.timerEnd(u32(timer))),
  identity: () => given(host.identity()),
  get_jwt_payload: connection => utf8(given(host.jwtPayload(big(connection)))),
  procedure_http_request: (head, body) => {
    bytes(head);
    const content = typeof body === 'string' ? utf8(body) : bytes(body);
    const headSize = given(host.httpRequest(head.buffer, head.byteOffset, head.byteLength,
      content.buffer, content.byteOffset, content.byteLength));
    const answer = new Uint8Array(headSize), answerBody = new Uint8Array(host.httpBodySize());
    host.httpTake(answer.buffer, answerBody.buffer);
    return [answer, answerBody];
  },
  procedure_start_mut_tx: () => given(host.startTransaction()),
  procedure_commit_mut_tx: () => done(host.commitTransaction()),
  procedure_abort_mut_tx: () => done(host.abortTransaction()),
};
defineProperty(calls, '__esModule', { value: true });
const cleared = { datastore_clear: table => given(host.clear(u32(table))) };
defineProperty(cleared, '__esModule', { value: true });
const systems = { __proto__: null, 'spacetime:sys@2.0': freeze(calls), 'spacetime:sys@2.1': freeze(cleared) };

function require(name) {
  const system = systems[name];
  if (system) return system;
  if (!name.startsWith('spacetime:sys')) throw new RealmTypeError('Could not find module "' + name + '"');
  const version = /^spacetime:sys@(\\d+\\.\\d+)$/.exec(name);
  if (!version) throw new RealmTypeError('The sys module version in "' + name + '" is invalid');
  const old = version[1].startsWith('1.')
    ? 'It was built with a version of spacetimedb before 2.0, and this database runs modules of version 2. Update the package and build again.'
    : 'It requires sys module v' + version[1] + ', but that version is not supported by the database.';
  throw new RealmTypeError('Could not import "' + name + '". ' + old);
}

// Globals that the real host has on top of the language. Reference "module host" 1.3.
class TextEncoderOfHost {
  get encoding() { return 'utf-8'; }
  encode(string = '') { return utf8(RealmString(string)); }
}
class TextDecoderOfHost {
  #fatal;
  constructor(label = 'utf-8', options = {}) {
    if (!/^\\s*(utf-8|utf8|unicode-1-1-utf-8)\\s*$/i.test(RealmString(label))) {
      throw new RealmRangeError('only the utf-8 encoding is supported, not ' + RealmString(label));
    }
    if (options.ignoreBOM) throw new RealmTypeError('ignoreBOM is not supported');
    this.#fatal = !!options.fatal;
  }
  get encoding() { return 'utf-8'; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return false; }
  decode(source, options) {
    if (options !== undefined && options.stream) throw new RealmTypeError('streaming is not supported');
    if (source === undefined) return '';
    const view = ArrayBuffer.isView(source) ? source : new Uint8Array(source);
    return given(host.utf8Read(view.buffer, view.byteOffset, view.byteLength, this.#fatal, false));
  }
}
const global = (name, value) =>
  defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
defineProperty(TextEncoderOfHost, 'name', { value: 'TextEncoder' });
defineProperty(TextDecoderOfHost, 'name', { value: 'TextDecoder' });
global('TextEncoder', TextEncoderOfHost);
global('TextDecoder', TextDecoderOfHost);
defineProperty(Math, 'random', {
  configurable: false,
  get() { throw new RealmTypeError('Math.random is not available in SpacetimeDB modules. Use ctx.random instead.'); },
});
// Editors run on engines that lack these; the package needs them at load.
if (!Symbol.dispose) defineProperty(Symbol, 'dispose', { value: Symbol('Symbol.dispose') });
if (!Symbol.asyncDispose) defineProperty(Symbol, 'asyncDispose', { value: Symbol('Symbol.asyncDispose') });
if (!Set.prototype.isSubsetOf) {
  defineProperty(Set.prototype, 'isSubsetOf', {
    value(other) {
      for (const item of this) if (!other.has(item)) return false;
      return true;
    },
    writable: true,
    configurable: true,
  });
}

function note(error) {
  let name = 'Error', message = '', stack = '';
  // The thrown thing is the module's: any of its members may throw or be missing.
  try {
    if (error !== null && typeof error === 'object') {
      name = RealmString(error.name ?? 'Error');
      message = RealmString(error.message ?? '');
      stack = RealmString(error.stack ?? '');
    } else {
      message = RealmString(error);
    }
  } catch {
    message = message || 'an error that cannot be shown';
  }
  failure = { name, message, stack };
}
function outcomeOf(error) {
  note(error);
  try {
    return error instanceof hooks.__sender_error_class__ ? 1 : 2;
  } catch {
    return 2;
  }
}

const required = [
  '__describe_module__', '__get_error_constructor__', '__sender_error_class__', '__call_reducer__', '__call_view__',
  '__call_view_anon__', '__call_procedure__',
];

function findHooks(exported) {
  const namespace = create(null);
  for (const key of keys(exported).sort()) {
    defineProperty(namespace, key, { get: () => exported[key], enumerable: true, configurable: false });
  }
  defineProperty(namespace, Symbol.toStringTag, { value: 'Module' });
  const schema = exported.default;
  if (schema === null || schema === undefined) throw new RealmTypeError('must export schema as default export');
  if (typeof schema !== 'object') throw new RealmTypeError('the default export is not a Schema object');
  const make = schema[calls.moduleHooks];
  if (typeof make !== 'function') throw new RealmTypeError('the default export is not a Schema object');
  const made = make.call(schema, namespace);
  for (const name of required) {
    if (typeof made?.[name] !== 'function') throw new RealmTypeError('the module has no function ' + name);
  }
  return made;
}

let args = new ArrayBuffer(4096);
let callReducer;
let results = [];
return {
  load(run) {
    try {
      const module = { exports: {} };
      run.call(undefined, module.exports, require, module);
      hooks = findHooks(module.exports);
      callReducer = hooks.__call_reducer__.bind(hooks);
      return 0;
    } catch (error) {
      note(error);
      return 2;
    }
  },
  describe() {
    try {
      const described = hooks.__describe_module__();
      return bytes(described);
    } catch (error) {
      note(error);
      return undefined;
    }
  },
  callReducer(id, sender, connection, timestamp, length) {
    try {
      const returned = callReducer(id, sender, connection, timestamp, new DataView(args, 0, length));
      if (returned === undefined) return 0;
      throw new RealmTypeError('the reducer hook returned a value');
    } catch (error) {
      return outcomeOf(error);
    }
  },
  callProcedure(id, sender, connection, timestamp, length) {
    try {
      results = [bytes(hooks.__call_procedure__(id, sender, connection, timestamp, new Uint8Array(args.slice(0, length))))];
      return 0;
    } catch (error) {
      return outcomeOf(error);
    }
  },
  callView(id, sender, isAnonymous) {
    try {
      const none = new Uint8Array();
      const view = isAnonymous ? hooks.__call_view_anon__(id, none) : hooks.__call_view__(id, sender, none);
      if (view === null || typeof view !== 'object' || ArrayBuffer.isView(view)) {
        throw new RealmTypeError('the view hook did not return an object with its data');
      }
      results = [bytes(view.data)];
      return 0;
    } catch (error) {
      return outcomeOf(error);
    }
  },
  callHttpHandler(id, timestamp, headLength, bodyLength) {
    try {
      const head = new Uint8Array(args.slice(0, headLength));
      const body = new Uint8Array(args.slice(headLength, headLength + bodyLength));
      const [answer, answerBody] = hooks.__call_http_handler__(id, timestamp, head, body);
      results = [bytes(answer), bytes(answerBody)];
      return 0;
    } catch (error) {
      return outcomeOf(error);
    }
  },
  results: () => results,
  args: () => args,
  growArgs(size) { args = new ArrayBuffer(size); },
  errorName: () => failure.name,
  errorMessage: () => failure.message,
  errorStack: () => failure.stack,
};
})`;
