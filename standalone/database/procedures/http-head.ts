/** Heads of HTTP requests and responses in the form in which modules give and take them. Reference "module host" 2.9. */
import { BsatnReader, BsatnWriter } from '../../../schema/bsatn.ts';

/** Name in lower case or as given, and bytes in latin1. Names may repeat; the order is kept. */
export type Headers = [name: string, value: string][];

export interface RequestHead {
  method: string;
  headers: Headers;
  /** Milliseconds. */
  timeout: number | undefined;
  uri: string;
  version: string;
}

/** Places are tags. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const extensionMethod = 9;
const versions = ['0.9', '1.0', '1.1', '2.0', '3.0'];

/** Throws BsatnError. */
export function readRequestHead(bytes: Uint8Array): RequestHead {
  const reader = new BsatnReader(bytes);
  const tag = reader.u8();
  const method = tag === extensionMethod ? reader.string() : (methods[tag] ?? 'GET');
  const headers: Headers = [];
  for (let count = reader.u32(); count > 0; count--) {
    headers.push([reader.string(), Buffer.from(reader.bytes()).toString('latin1')]);
  }
  const timeout = reader.u8() === 0 ? Number(reader.i64()) / 1000 : undefined;
  const uri = reader.string();
  return { method, headers, timeout, uri, version: versions[reader.u8()] ?? '1.1' };
}

export function writeRequestHead({ method, headers, uri, version }: Omit<RequestHead, 'timeout'>): Uint8Array {
  const writer = new BsatnWriter();
  const tag = methods.indexOf(method);
  writer.u8(tag < 0 ? extensionMethod : tag);
  if (tag < 0) writer.string(method);
  writeHeaders(writer, headers);
  writer.u8(1); // no timeout
  writer.string(uri);
  writer.u8(Math.max(versions.indexOf(version), 0));
  return writer.finish();
}

export interface ResponseHead {
  headers: Headers;
  version: string;
  status: number;
}

export function writeResponseHead({ headers, version, status }: ResponseHead): Uint8Array {
  const writer = new BsatnWriter();
  writeHeaders(writer, headers);
  writer.u8(Math.max(versions.indexOf(version), 0));
  writer.u16(status);
  return writer.finish();
}

/** Throws BsatnError. */
export function readResponseHead(bytes: Uint8Array): ResponseHead {
  const reader = new BsatnReader(bytes);
  const headers: Headers = [];
  for (let count = reader.u32(); count > 0; count--) {
    headers.push([reader.string(), Buffer.from(reader.bytes()).toString('latin1')]);
  }
  const version = versions[reader.u8()] ?? '1.1';
  return { headers, version, status: reader.u16() };
}

function writeHeaders(writer: BsatnWriter, headers: Headers): void {
  writer.u32(headers.length);
  for (const [name, value] of headers) {
    writer.string(name);
    writer.bytes(Buffer.from(value, 'latin1'));
  }
}
