/** The protocol side: documents in, diagnostics, symbols and hovers out. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ParseText } from './extract/typescript/parser.ts';
import { diagnosticsByFile } from './feature/diagnostics.ts';
import { documentSymbols } from './feature/document-symbols.ts';
import { hover } from './feature/hover.ts';
import type { ModuleFolder } from './module-folders.ts';
import { applyChanges } from './text-changes.ts';
import { Workspace } from './workspace.ts';

/** Keystrokes that come in one burst are answered once. */
const debounceMs = 5;

export function serve(connection: Connection, parser: Promise<ParseText>): void {
  const session = parser.then((parse) => new Session(connection, new Workspace(parse)));
  // Handlers wait for the grammar; the promise keeps messages in order.
  const then = <T>(work: (session: Session) => T): Promise<T> => session.then(work);
  let watchesFiles = false;
  connection.onInitialize(async (params): Promise<InitializeResult> => {
    watchesFiles = params.capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    await then((live) => live.addFolders(foldersOf(params)));
    return {
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        documentSymbolProvider: true,
        hoverProvider: true,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
      serverInfo: { name: 'spacetimedb-language-server' },
    };
  });
  connection.onInitialized(async () => {
    if (watchesFiles) {
      const watchers = [{ globPattern: '**/*.{ts,tsx}' }, { globPattern: '**/{package,spacetime}.json' }];
      await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
    await then((live) => live.checkAll());
  });
  connection.onNotification('workspace/didChangeWorkspaceFolders', (params) =>
    then((live) => {
      live.addFolders(params.event.added.map((folder: { uri: string }) => folder.uri));
      live.checkAll();
    }),
  );
  connection.onDidOpenTextDocument(({ textDocument }) =>
    then((live) => live.open(textDocument.uri, textDocument.version, textDocument.text)),
  );
  connection.onDidChangeTextDocument(({ textDocument, contentChanges }) =>
    then((live) => live.change(textDocument.uri, textDocument.version, contentChanges)),
  );
  connection.onDidCloseTextDocument(({ textDocument }) => then((live) => live.close(textDocument.uri)));
  // Editors that watch no files at least say what they wrote: a text may have become a module by it.
  connection.onDidSaveTextDocument(({ textDocument }) => then((live) => live.changedOnDisk([textDocument.uri])));
  connection.onDidChangeWatchedFiles(({ changes }) =>
    then((live) => live.changedOnDisk(changes.map(({ uri }) => uri))),
  );
  connection.onDocumentSymbol(({ textDocument }) => then((live) => live.symbols(textDocument.uri)));
  connection.onHover(({ textDocument, position }) => then((live) => live.hover(textDocument.uri, position)));
}

function foldersOf({ workspaceFolders, rootUri }: InitializeParams): string[] {
  return workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
}

/** Only files have a place in a module; other schemes (git, output), other hosts and malformed addresses have none. */
function pathOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    // Editors open whatever the person names; there is nothing to say about a file that cannot be here.
    return undefined;
  }
}

type ContentChanges = Parameters<typeof TextDocument.update>[1];

class Session {
  readonly #connection: Connection;
  readonly #workspace: Workspace;
  readonly #documents = new Map<string, TextDocument>();
  readonly #pending = new Map<string, NodeJS.Timeout>();
  /** Files that show diagnostics, by module root. */
  readonly #published = new Map<string, Set<string>>();

  constructor(connection: Connection, workspace: Workspace) {
    this.#connection = connection;
    this.#workspace = workspace;
  }

  addFolders(uris: readonly string[]): void {
    for (const folder of uris.map(pathOf)) if (folder !== undefined) this.#workspace.addFolder(folder);
  }

  checkAll(): void {
    for (const module of this.#workspace.modules) this.#schedule(module);
  }

  open(uri: string, version: number, text: string): void {
    const file = pathOf(uri);
    if (file === undefined) return;
    this.#documents.set(file, TextDocument.create(uri, 'typescript', version, text));
    this.#workspace.sources.open(file, text);
    this.#checkModuleOf(file);
  }

  change(uri: string, version: number, changes: ContentChanges): void {
    const file = pathOf(uri);
    const document = file === undefined ? undefined : this.#documents.get(file);
    if (file === undefined || !document) return;
    const edits = applyChanges(document, changes, version);
    this.#workspace.sources.change(file, document.getText(), edits);
    this.#checkModuleOf(file);
  }

  close(uri: string): void {
    const file = pathOf(uri);
    if (file === undefined || !this.#documents.delete(file)) return;
    this.#workspace.sources.close(file);
    this.#checkModuleOf(file);
  }

  changedOnDisk(uris: readonly string[]): void {
    for (const file of uris.map(pathOf)) {
      if (file === undefined) continue;
      for (const module of this.#workspace.changedOnDisk(file)) this.#schedule(module);
    }
  }

  symbols(uri: string): ReturnType<typeof documentSymbols> {
    const file = pathOf(uri);
    const module = file === undefined ? undefined : this.#workspace.moduleOf(file);
    return file !== undefined && module ? documentSymbols(this.#workspace.analysis(module).extraction, file) : [];
  }

  hover(uri: string, position: { line: number; character: number }): ReturnType<typeof hover> | null {
    const file = pathOf(uri);
    const module = file === undefined ? undefined : this.#workspace.moduleOf(file);
    if (file === undefined || !module) return null;
    return hover(this.#workspace.analysis(module).extraction, file, position) ?? null;
  }

  #checkModuleOf(file: string): void {
    const module = this.#workspace.moduleOf(file);
    if (!module) return;
    this.#workspace.invalidate(module);
    this.#schedule(module);
  }

  #schedule(module: ModuleFolder): void {
    clearTimeout(this.#pending.get(module.root));
    const timer = setTimeout(() => {
      this.#pending.delete(module.root);
      this.#publish(module);
    }, debounceMs);
    this.#pending.set(module.root, timer);
  }

  #publish(module: ModuleFolder): void {
    const files = diagnosticsByFile(this.#workspace.analysis(module));
    const before = this.#published.get(module.root) ?? new Set();
    const now = new Set<string>();
    for (const file of new Set([...before, ...files.keys(), ...this.#openFilesOf(module)])) {
      const diagnostics = files.get(file) ?? [];
      const version = this.#documents.get(file)?.version;
      // A file without problems is mentioned when it is open or had some: the first tells that it was checked.
      if (diagnostics.length === 0 && version === undefined && !before.has(file)) continue;
      if (diagnostics.length > 0) now.add(file);
      const uri = this.#documents.get(file)?.uri ?? pathToFileURL(file).href;
      this.#connection.sendDiagnostics({ uri, ...(version === undefined ? {} : { version }), diagnostics });
    }
    this.#published.set(module.root, now);
  }

  #openFilesOf(module: ModuleFolder): string[] {
    return [...this.#documents.keys()].filter((file) => this.#workspace.moduleOf(file)?.root === module.root);
  }
}
