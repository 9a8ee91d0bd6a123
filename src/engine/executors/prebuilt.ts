import path from 'node:path';

/** The path of a file that the kernels' build made. */
export function prebuilt(name: string): string {
  return path.join(__dirname, '..', 'kernels', 'prebuilt', name);
}
