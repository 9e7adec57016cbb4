#!/usr/bin/env node
/** The language server as a program: `--stdio`, or `--node-ipc`, `--socket=`, `--pipe=`. See server.ts for what it does. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { loadParser } from './extract/typescript/parser.ts';
import { serve } from './server.ts';

const transport = /^--(stdio|node-ipc|socket|pipe)/;

if (process.argv.some((argument) => transport.test(argument))) {
  const connection = createConnection(ProposedFeatures.all);
  serve(connection, loadParser());
  connection.listen();
} else {
  console.error(
    'This is the SpacetimeDB language server. Editors start it with --stdio and speak the Language Server Protocol over its standard streams.',
  );
  process.exitCode = 2;
}
