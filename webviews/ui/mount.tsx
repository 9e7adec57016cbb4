import { type ComponentType, render } from 'preact';
import { connectPanel, type PanelHost } from './connection.ts';

/** Starts a panel in the page's `#root`. */
export function mountPanel<View extends object>(App: ComponentType<{ host: PanelHost<View> }>): void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('The page has no #root element');
  render(<App host={connectPanel<View>()} />, root);
}
