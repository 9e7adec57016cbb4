/** Problems of a module → diagnostics per file, in the form of the protocol. */
import { pathToFileURL } from 'node:url';
import { type Diagnostic, type DiagnosticRelatedInformation, DiagnosticSeverity } from 'vscode-languageserver';
import type { Problem, Severity } from '../../schema/problem.ts';
import { documentationOf } from '../documentation.ts';
import { type Extraction, locate } from '../extract/extraction.ts';
import type { ModuleAnalysis } from '../module-analysis.ts';

const diagnosticSource = 'spacetimedb';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** By absolute path; every file of the module has an entry, so that what was mended is cleared. */
export function diagnosticsByFile({ extraction, problems }: ModuleAnalysis): Map<string, Diagnostic[]> {
  const files = new Map<string, Diagnostic[]>([...extraction.files].map((file) => [file, []]));
  for (const problem of problems) {
    const location = locate(extraction, problem.at);
    if (!location) continue;
    const list = files.get(location.file) ?? [];
    list.push(toDiagnostic(problem, location.range, extraction));
    files.set(location.file, list);
  }
  return files;
}

function toDiagnostic(problem: Problem, range: Diagnostic['range'], extraction: Extraction): Diagnostic {
  const relatedInformation = (problem.related ?? []).flatMap(({ at, message }): DiagnosticRelatedInformation[] => {
    const location = locate(extraction, at);
    return location ? [{ location: { uri: pathToFileURL(location.file).href, range: location.range }, message }] : [];
  });
  return {
    range,
    severity: severities[problem.severity],
    code: problem.rule,
    codeDescription: { href: documentationOf(problem.rule) },
    source: diagnosticSource,
    message: problem.message,
    ...(relatedInformation.length > 0 ? { relatedInformation } : {}),
  };
}
