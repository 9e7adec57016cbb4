/** A VS Code on screen, driven as a person drives it: keys, clicks, and what can be read. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Frame, type Locator, type Page, errors as playwrightErrors } from 'playwright-core';
import { artifactsDirectory } from '../../scripts/paths.ts';
import { type Browser, openBrowser, type Size } from './browser.ts';
import { type CodeServer, type CodeServerOptions, startCodeServer } from './server.ts';
import { robotSettings, type Theme, themes } from './settings.ts';
import { until } from './until.ts';

export interface WorkbenchOptions extends CodeServerOptions {
  /** Absolute path of the folder to open. */
  folder: string;
  size?: Size;
}

/** Starts a server and a browser, and resolves when the workbench of the folder is there. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const server = await startCodeServer({ ...options, settings: { ...robotSettings, ...options.settings } });
  try {
    const browser = await openBrowser(options.size);
    const workbench = new Workbench(server, browser);
    await workbench.openFolder(options.folder);
    return workbench;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export class Workbench {
  readonly server: CodeServer;
  readonly browser: Browser;
  readonly page: Page;

  constructor(server: CodeServer, browser: Browser) {
    this.server = server;
    this.browser = browser;
    this.page = browser.page;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
  }

  /** Loads the window again with this folder, which also restarts the extension host. */
  async openFolder(folder: string): Promise<void> {
    await this.page.goto(this.server.urlOf(folder));
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
    await this.page.locator('.monaco-workbench .part.activitybar').waitFor();
  }

  // Commands and quick input -------------------------------------------------------------------------------------

  /** The text box of the quick input, when one is open. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-box input');
  }

  /** The rows of the open quick input; read their text with `allInnerTexts`. */
  get quickPickRows(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');
  }

  /** Runs a command by its title in the palette, for instance `SpacetimeDB: Publish Module`. */
  async runCommand(title: string): Promise<void> {
    await until(() => this.#chooseCommand(title), { what: `the command ${title}`, timeoutMs: 30_000 });
  }

  /** A panel that just opened may take the focus and so close the palette; then it is asked again. */
  async #chooseCommand(title: string): Promise<boolean> {
    if (!(await this.#openPalette())) return false;
    try {
      await this.quickInput.fill(`>${title}`, { timeout: 1000 });
      await this.quickPickRows.filter({ hasText: title }).first().click({ timeout: 5000 });
      return true;
    } catch (error) {
      if (!(error instanceof playwrightErrors.TimeoutError)) throw error;
      // An open palette does not learn of commands that extensions declare meanwhile.
      await this.page.keyboard.press('Escape');
      return false;
    }
  }

  /** F1 is lost while the window is still loading, so it is pressed until the palette shows. */
  async #openPalette(): Promise<boolean> {
    await this.page.keyboard.press('F1');
    return this.quickInput.waitFor({ state: 'visible', timeout: 2000 }).then(
      () => true,
      () => false,
    );
  }

  /** Chooses the first row of the open quick pick that holds the text. */
  async pick(text: string): Promise<void> {
    await this.quickPickRows.filter({ hasText: text }).first().click();
  }

  /** Types into the open input box and accepts it. */
  async answer(text: string): Promise<void> {
    await this.quickInput.fill(text);
    await this.page.keyboard.press('Enter');
  }

  // Editor -------------------------------------------------------------------------------------------------------

  /** The text editor that has the focus, or the only one. */
  get editor(): Locator {
    return this.page.locator('.editor-instance .monaco-editor').first();
  }

  /** Squiggles of one severity in the open editors; present in the document, not always "visible" to playwright. */
  squiggles(severity: 'error' | 'warning' | 'info'): Locator {
    return this.page.locator(`.monaco-editor .squiggly-${severity}`);
  }

  /** Opens a file through quick open. `name` is a path as a person would type it, for instance `src/index.ts`. */
  async openFile(name: string): Promise<void> {
    const base = name.split('/').at(-1) ?? name;
    await until(() => this.#openQuickOpen(), { what: 'quick open' });
    await this.quickInput.fill(name);
    await this.quickPickRows.filter({ hasText: base }).first().click();
    await this.page.locator('.tabs-container .tab.active').filter({ hasText: base }).waitFor();
    await this.editor.locator('.view-line').first().waitFor();
  }

  async #openQuickOpen(): Promise<boolean> {
    await this.page.keyboard.press('Control+P');
    return this.quickInput.waitFor({ state: 'visible', timeout: 2000 }).then(
      () => true,
      () => false,
    );
  }

  /** Puts the caret at a place, counted from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    await until(() => this.#openQuickOpen(), { what: 'quick open' });
    await this.answer(`:${line}:${column}`);
    await this.quickInput.waitFor({ state: 'hidden' });
  }

  /** Types at the caret, key by key, as a person does. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: 10 });
  }

  /** Inserts text at the caret in one step, without the editor's automatic brackets and indentation. */
  async insert(text: string): Promise<void> {
    await this.page.keyboard.insertText(text);
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.tabs-container .tab.active:not(.dirty)').waitFor();
  }

  // What the workbench shows -------------------------------------------------------------------------------------

  /** Shows the Problems view and returns its rows (files and problems). */
  async problems(): Promise<Locator> {
    await this.runCommand('Problems: Focus on Problems View');
    await this.page.locator('.markers-panel').waitFor();
    return this.page.locator('.markers-panel .monaco-list-row');
  }

  /** An entry of the status bar that holds the text. */
  statusBar(text: string | RegExp): Locator {
    return this.page.locator('.part.statusbar .statusbar-item').filter({ hasText: text });
  }

  /** Notifications on screen, as toasts or in the opened centre, that hold the text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item').filter({ hasText: text });
  }

  /** Shows a view container by the name of its icon in the activity bar. */
  async showContainer(name: string): Promise<void> {
    const tab = this.page.locator('.part.activitybar').getByRole('tab', { name });
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
  }

  /** An item of a tree whose accessible name holds the text; trees only hold what they show. */
  treeItem(name: string | RegExp): Locator {
    return this.page.getByRole('treeitem', { name });
  }

  /**
   * The document of a webview, found by something only it holds (a selector). Several may be open:
   * page > iframe.webview (VS Code's own page) > iframe#active-frame (the extension's HTML; `pending-frame` while loading).
   */
  async webview(marker: string, timeoutMs = 30_000): Promise<Frame> {
    return until(() => this.#findWebview(marker), { what: `a webview with ${marker}`, timeoutMs });
  }

  async #findWebview(marker: string): Promise<Frame | undefined> {
    for (const frame of this.page.frames()) {
      if (!frame.parentFrame()?.url().includes('/webview/browser/pre/')) continue;
      try {
        const element = await frame.frameElement();
        if ((await element.getAttribute('id')) !== 'active-frame') continue;
        if ((await frame.locator(marker).count()) > 0) return frame;
      } catch {
        // The frame went away while we looked: it is not the one, or the next look finds its successor.
      }
    }
    return undefined;
  }

  // Pictures -----------------------------------------------------------------------------------------------------

  /** Changes the colour theme, as a person does, and resolves when the workbench wears it. */
  async setTheme(theme: Theme): Promise<void> {
    const { name, base } = themes[theme];
    await this.runCommand('Preferences: Color Theme');
    await this.page.getByPlaceholder(/^Select Color Theme/).waitFor();
    await this.quickInput.fill(name);
    await this.pick(name);
    await this.page.locator(`.monaco-workbench.${base}`).waitFor();
  }

  async resize(size: Size): Promise<void> {
    await this.page.setViewportSize(size);
  }

  /** Writes `artifacts/screens/<name>.png` and returns its path. */
  async screenshot(name: string): Promise<string> {
    const directory = join(artifactsDirectory, 'screens');
    await mkdir(directory, { recursive: true });
    const path = join(directory, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }
}
