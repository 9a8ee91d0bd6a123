/** A published file and how to know it. */
export interface RemoteFile {
  /** As the mirrors call it. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sha256: string;
  /** The same file after decompression, as some browsers store it. */
  readonly unpacked?: { readonly name: string; readonly sha256: string };
  /** The same file compressed with gzip, as some keep it. */
  readonly packed?: { readonly name: string; readonly sha256: string };
}

/** Files that belong together and where the public can get them. */
export interface RemoteDataset<Part extends string = string> {
  /** Also the name of its folder within a data folder. */
  readonly name: string;
  /** How people write it. */
  readonly title: string;
  readonly files: Readonly<Record<Part, RemoteFile>>;
  /** Base addresses ending in '/', tried in order. */
  readonly mirrors: readonly string[];
  /** The command that fetches it; by default `kdlab datasets fetch <name>`. */
  readonly fetchedBy?: string;
}

/** Bytes of one file received so far. */
export interface DownloadProgress {
  readonly file: string;
  readonly received: number;
  readonly total: number;
}
