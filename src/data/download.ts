import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { EnvHttpProxyAgent, fetch } from 'undici';
import writeFileAtomic from 'write-file-atomic';
import { KdlabError, messageOf } from '../core/errors';
import type { DownloadProgress, RemoteFile } from './remote';

export interface DownloadOptions {
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Longest silence of a mirror (connecting, answering, between two pieces), in milliseconds. */
  readonly timeoutMs?: number;
}

/** No mirror gave the file; one reason for each. */
export class MirrorsFailed extends Error {
  constructor(
    readonly file: RemoteFile,
    readonly reasons: readonly string[],
  ) {
    super(`${file.name}: ${reasons.join('; ')}`);
    this.name = 'MirrorsFailed';
  }
}

/**
 * Downloads `files` into `folder`, each from the first mirror that gives it whole. A file appears under its name
 * only after its SHA-256 was found right and its bytes are on the disk. Resolves to the paths, in order. Honours
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
 *
 * Throws MirrorsFailed at the first file that no mirror gave, KdlabError where the folder cannot be written.
 */
export async function download(
  files: readonly RemoteFile[],
  mirrors: readonly string[],
  folder: string,
  { onProgress, timeoutMs = 20_000 }: DownloadOptions = {},
): Promise<string[]> {
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const paths: string[] = [];
  let order = [...mirrors];
  try {
    for (const file of files) {
      const { bytes, mirror } = await fromFirst(order, file, agent, onProgress);
      // The next file starts where this one was found: a dead mirror costs its timeout once.
      order = [mirror, ...order.filter((other) => other !== mirror)];
      paths.push(store(path.join(folder, file.name), bytes));
    }
  } finally {
    await agent.destroy();
  }
  return paths;
}

async function fromFirst(
  mirrors: readonly string[],
  file: RemoteFile,
  agent: EnvHttpProxyAgent,
  onProgress: DownloadOptions['onProgress'],
): Promise<{ bytes: Buffer; mirror: string }> {
  const reasons: string[] = [];
  for (const mirror of mirrors) {
    try {
      return { bytes: await fetchVerified(mirror + file.name, file, agent, onProgress), mirror };
    } catch (error) {
      reasons.push(`${mirror}${file.name}: ${reasonOf(error)}`);
    }
  }
  throw new MirrorsFailed(file, reasons);
}

async function fetchVerified(
  url: string,
  file: RemoteFile,
  dispatcher: EnvHttpProxyAgent,
  onProgress: DownloadOptions['onProgress'],
): Promise<Buffer> {
  // The files are compressed already; a transfer encoding would make the progress wrong.
  const response = await fetch(url, { dispatcher, headers: { 'accept-encoding': 'identity' } });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`answered ${response.status} ${response.statusText}`.trim());
  }
  const chunks: Uint8Array[] = [];
  let received = 0;
  const hash = createHash('sha256');
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    received += chunk.length;
    if (received > file.bytes) throw new Error(`sent more than the expected ${file.bytes} bytes`);
    hash.update(chunk);
    chunks.push(chunk);
    onProgress?.({ file: file.name, received, total: file.bytes });
  }
  const found = hash.digest('hex');
  if (found !== file.sha256)
    throw new Error(`sent ${received} bytes with SHA-256 ${found}, expected ${file.bytes} bytes with ${file.sha256}`);
  return Buffer.concat(chunks);
}

/** Temporary file, fsync, rename. */
function store(file: string, bytes: Buffer): string {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    writeFileAtomic.sync(file, bytes, { fsync: true });
    return file;
  } catch (error) {
    throw new KdlabError(
      `cannot write ${file}: ${messageOf(error)}. Free some space, or choose another folder with --data-dir or KDLAB_DATA.`,
      { cause: error },
    );
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return messageOf(error);
  return cause.message === '' ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : cause.message;
}
