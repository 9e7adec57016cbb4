/** Algebraic types in the JSON form of the HTTP API. Source: reference "protocol" 1.3. */
import type { AlgebraicType } from '../../schema/algebraic-type.ts';
import { rawModuleDefFromJson } from '../../schema/raw-module-def-codec.ts';
import { type Json, stringifyJson } from '../../schema/sats-json.ts';
import { CliError } from './errors.ts';

/** Reads a type by reading a definition whose typespace holds nothing else: one reader for both. */
export function algebraicTypeFromJson(json: Json): AlgebraicType {
  const raw = rawModuleDefFromJson(stringifyJson({ sections: [{ Typespace: { types: [json] } }] }));
  const type = raw.ok ? raw.value.typespace[0] : undefined;
  if (type) return type;
  throw new CliError('The server sent a type that could not be read.', raw.ok ? [] : [raw.message]);
}
