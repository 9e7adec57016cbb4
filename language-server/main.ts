/** The language server: `--stdio`. See server.ts for what it does. */
import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { loadParser } from './extract/typescript/parser.ts';
import { serve } from './server.ts';

// Node's own console would write into the protocol stream.
console.log = console.error;
const connection = process.argv.includes('--node-ipc')
  ? createConnection(ProposedFeatures.all)
  : createConnection(
      ProposedFeatures.all,
      new StreamMessageReader(process.stdin),
      new StreamMessageWriter(process.stdout),
    );
serve(connection, loadParser());
connection.listen();
