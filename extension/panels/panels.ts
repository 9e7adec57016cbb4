/** Opens panels, brings open ones to the front, and restores them after a reload of the window. */
import * as vscode from 'vscode';
import { type PanelName, panelTypes } from '../contributions.ts';
import { Disposables } from '../disposables.ts';
import { type LatencyPanelState, latencyPanel } from './latency-panel.ts';
import { type Channel, fillPanel, type PanelBody, type PanelContext } from './panel.ts';
import { type ReducerPanelState, reducerPanel } from './reducer-panel.ts';
import { type TablePanelState, tablePanel } from './table-panel.ts';

/** What a panel needs to come back, by kind. */
export interface PanelStates {
  table: TablePanelState;
  reducer: ReducerPanelState;
  latency: LatencyPanelState;
}

type Kinds = {
  [Name in PanelName]: {
    title(state: PanelStates[Name]): string;
    icon: string;
    /** Panels of the same kind and subject are one. */
    subject(state: PanelStates[Name]): string[];
    body(channel: Channel, state: PanelStates[Name], context: PanelContext): PanelBody;
  };
};

const kinds: Kinds = {
  table: {
    title: ({ table }) => table,
    icon: 'table',
    subject: ({ database, table }) => [database, table],
    body: tablePanel,
  },
  reducer: {
    title: ({ reducer }) => `Call ${reducer}`,
    icon: 'reducer',
    subject: ({ database }) => [database],
    body: reducerPanel,
  },
  latency: {
    title: ({ database }) => `Latency of ${database}`,
    icon: 'latency',
    subject: ({ database }) => [database],
    body: (channel, _state, context) => latencyPanel(channel, context.databases),
  },
};

export class Panels {
  readonly #context: PanelContext;
  readonly #disposables = new Disposables();
  /** By kind and subject. */
  readonly #open = new Map<string, { panel: vscode.WebviewPanel; state: object; shownAgain(): void }>();

  constructor(context: PanelContext) {
    this.#context = context;
    for (const kind of Object.keys(kinds) as PanelName[]) this.#restore(kind);
  }

  #restore<Name extends PanelName>(kind: Name): void {
    const serializer: vscode.WebviewPanelSerializer<PanelStates[Name] & { view?: unknown }> = {
      deserializeWebviewPanel: async (panel, kept) => {
        // A page that never loaded has kept nothing to come back to.
        if (typeof kept?.database !== 'string') {
          panel.dispose();
          return;
        }
        // `view` is the page's own.
        const { view: _, ...state } = kept;
        this.#fill(kind, state as PanelStates[Name], panel);
      },
    };
    this.#disposables.add(vscode.window.registerWebviewPanelSerializer(panelTypes[kind], serializer));
  }

  /** Opens a panel, or brings the one that shows the same to the front. */
  show<Name extends PanelName>(kind: Name, state: PanelStates[Name]): void {
    const known = this.#open.get(keyOf(kind, state));
    if (known) {
      Object.assign(known.state, state);
      known.panel.title = this.#title(kind, state);
      known.shownAgain();
      known.panel.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      panelTypes[kind],
      this.#title(kind, state),
      vscode.ViewColumn.Active,
    );
    this.#fill(kind, { ...state }, panel);
  }

  #fill<Name extends PanelName>(kind: Name, state: PanelStates[Name], panel: vscode.WebviewPanel): void {
    const { icon, body } = kinds[kind];
    const retitle = (): void => {
      panel.title = this.#title(kind, state);
    };
    retitle();
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.#context.extensionUri, 'media', `${icon}-light.svg`),
      dark: vscode.Uri.joinPath(this.#context.extensionUri, 'media', `${icon}-dark.svg`),
    };
    const key = keyOf(kind, state);
    panel.onDidDispose(() => {
      if (this.#open.get(key)?.panel === panel) this.#open.delete(key);
    });
    const filled = fillPanel(this.#context, panel, kind, state, retitle, (channel) =>
      body(channel, state, this.#context),
    );
    this.#open.set(key, { panel, state, ...filled });
  }

  /** Two databases may have tables and reducers of the same name. */
  #title<Name extends PanelName>(kind: Name, state: PanelStates[Name]): string {
    const title = kinds[kind].title(state);
    const isOneOfMany = this.#context.databases.all.length > 1 && !title.includes(state.database);
    return isOneOfMany ? `${title} (${state.database})` : title;
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

const keyOf = <Name extends PanelName>(kind: Name, state: PanelStates[Name]): string =>
  JSON.stringify([kind, ...kinds[kind].subject(state)]);
