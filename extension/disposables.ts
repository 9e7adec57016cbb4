/** Things that end with something else. Structural twin of `vscode.Disposable`, usable where there is no VS Code. */
export interface Disposable {
  dispose(): void;
}

/** Disposes what was added in reverse order; whatever is added afterwards is disposed at once. */
export class Disposables implements Disposable {
  readonly #items: Disposable[] = [];
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.push(item);
    return item;
  }

  dispose(): void {
    this.#disposed = true;
    for (const item of this.#items.splice(0).reverse()) item.dispose();
  }
}
