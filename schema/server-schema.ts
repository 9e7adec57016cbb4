/**
 * The definition as the schema route of a server returns it: element names are canonical already, every canonical name
 * that differs from its source name is listed, and no conversion policy is left to apply.
 * Source: reference "protocol" 1.8.
 */
import type { RawModuleDef } from './raw-module-def.ts';
import { sectionsFromRaw } from './raw-module-def-sections.ts';
import { namingOf, resolveModuleDef } from './resolve.ts';
import type { SumValue } from './value.ts';

/** The same module with its names converted. Resolving it gives what resolving `raw` gives, but for column accessors. */
export function withCanonicalNames(raw: RawModuleDef): RawModuleDef {
  const naming = namingOf(raw);
  const module = resolveModuleDef(raw);
  const differing = (named: readonly { source: string; canonical: string }[]): Map<string, string> =>
    new Map(named.filter(({ source, canonical }) => source !== canonical).map((n) => [n.source, n.canonical]));
  const functions = [...module.reducers, ...module.procedures, ...module.views];
  return {
    ...raw,
    typespace: module.typespace,
    types: raw.types.map((type) => ({
      ...type,
      sourceName: naming.pascal(type.sourceName),
      scope: type.scope.map(naming.pascal),
    })),
    viewPrimaryKeys: raw.viewPrimaryKeys.map((key) => ({ ...key, columns: key.columns.map(naming.snake) })),
    explicitNames: {
      tables: differing(module.tables.map((table) => ({ source: table.accessor, canonical: table.name }))),
      functions: differing([
        ...functions.map((item) => ({ source: item.accessor, canonical: item.name })),
        ...raw.httpHandlers.map(({ sourceName }) => ({ source: sourceName, canonical: naming.function(sourceName) })),
      ]),
      indexes: differing(
        module.tables.flatMap((table) =>
          table.indexes.map((index) => ({ source: index.sourceName, canonical: index.name })),
        ),
      ),
    },
    caseConversionPolicy: 'None',
    submodules: raw.submodules.map(({ namespace, module: inner }) => ({
      namespace,
      module: withCanonicalNames(inner),
    })),
  };
}

/** Sections that a server prints even when they are empty. */
const always = new Set(['Typespace', 'Types', 'Tables', 'Reducers', 'ExplicitNames']);

/** The sections that a server prints. */
export function serverSections(raw: RawModuleDef): { sections: SumValue[] } {
  const { sections } = sectionsFromRaw(withCanonicalNames(raw)) as { sections: SumValue[] };
  const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
  return {
    sections: sections.filter(
      ({ tag, value }) => tag !== 'CaseConversionPolicy' && (always.has(tag) || !isEmpty(value)),
    ),
  };
}
