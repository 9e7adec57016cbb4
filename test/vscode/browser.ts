/** Chromium that reaches loopback only. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { ensureChromium } from './chromium.ts';

export interface Size {
  /** CSS pixels. */
  width: number;
  height: number;
}

export interface Browser {
  page: Page;
  /** Addresses off this machine that a page asked for and did not get. */
  refused: string[];
  close(): Promise<void>;
}

const loopback = ['127.0.0.1', 'localhost'];

/** Opens a browser with an empty profile, removed at the end. */
export async function openBrowser(size: Size = { width: 1280, height: 800 }): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'stdb-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: ensureChromium(),
    headless: true,
    viewport: size,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      `--host-resolver-rules=MAP * ~NOTFOUND , ${loopback.map((host) => `EXCLUDE ${host}`).join(' , ')}`,
    ],
  });
  const refused: string[] = [];
  const leavesMachine = (url: URL) => /^(https?|wss?):$/.test(url.protocol) && !loopback.includes(url.hostname);
  await context.route(leavesMachine, (route) => {
    refused.push(route.request().url());
    return route.abort();
  });
  return {
    page: context.pages()[0] ?? (await context.newPage()),
    refused,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
