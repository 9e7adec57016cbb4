/** Calls of procedures by name: from clients, over HTTP, and by the scheduler. Reference "module host" 6.7. */
import { decodeValue } from '../../../schema/bsatn.ts';
import type { Procedure } from '../../../schema/module-def.ts';
import { stringifyJson, valueToJson } from '../../../schema/sats-json.ts';
import { senderOf } from '../clients.ts';
import type { DatabaseCore } from '../core.ts';
import type { Catalog } from '../datastore/catalog.ts';
import type { RequestArgs, RequestReply } from '../messages.ts';
import { argumentsFromJson, type Sender } from '../reducers.ts';
import { noProgram, refusal } from '../refusal.ts';
import type { ProcedureLane } from './lane.ts';

/** The procedure that a client means. Private ones are there for the owner only. */
export function findProcedure(catalog: Catalog, name: string, isOwner: boolean): Procedure | undefined {
  const procedure = catalog.module.procedures.find((candidate) => candidate.name === name);
  return procedure?.visibility === 'Private' && !isOwner ? undefined : procedure;
}

export type ProcedureResult =
  /** `value` is BSATN of the return type. `offset` is of the last transaction it committed, else -1. */
  | { ok: true; value: Uint8Array; offset: bigint; durationMicros: number }
  | { ok: false; message: string; offset: bigint };

/** Never rejects. Failures have been logged. `timestamp` is the earliest that the procedure is told. */
export async function runProcedure(
  lane: ProcedureLane,
  { name, id }: Procedure,
  sender: Sender,
  args: Uint8Array,
  timestamp?: bigint,
): Promise<ProcedureResult> {
  const { identity, connection } = sender;
  const outcome = await lane.run({ kind: 'procedure', name, id, sender: identity, connection, args }, timestamp);
  if (!outcome.ok) {
    const message = `The module instance encountered a fatal error: ${outcome.message}`;
    return { ok: false, message, offset: outcome.offset };
  }
  const { values, offset, durationMicros } = outcome;
  return { ok: true, value: values[0] ?? new Uint8Array(), offset, durationMicros };
}

/** A procedure called over HTTP. The answer may leave when the transaction `offset` is durable. */
export async function runHttpProcedure(
  core: DatabaseCore,
  lane: ProcedureLane,
  procedure: Procedure,
  { argsJson, ...caller }: RequestArgs<'call'>,
): Promise<{ offset: bigint; reply: RequestReply<'call'> }> {
  const { program, catalog } = core;
  if (!program) return { offset: -1n, reply: noProgram };
  const args = argumentsFromJson(procedure, program, catalog, argsJson);
  if (!args.ok) return { offset: -1n, reply: refusal(400, args.message) };
  const result = await runProcedure(lane, procedure, senderOf(caller), args.value);
  const { offset } = result;
  if (!result.ok) return { offset, reply: refusal(500, result.message) };
  const { typespace } = catalog.module;
  const value = decodeValue(procedure.returnType, result.value, typespace);
  if (!value.ok) {
    return { offset, reply: refusal(500, `The procedure returned what is not of its type: ${value.message}`) };
  }
  const json = stringifyJson(valueToJson(procedure.returnType, value.value, typespace, 'untyped'));
  return { offset, reply: { ok: true, json, durationMicros: result.durationMicros } };
}
