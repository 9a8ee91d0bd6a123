import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { KdlabError, messageOf } from '../../src/core/errors';
import { type NpyArray, parseNpy } from './npy';

/** More than any graph of this kind takes (Coauthor Physics: 16 MB), so that a small file cannot fill the memory. */
const MAX_BYTES = 2 ** 30;

/**
 * Named arrays of an .npz archive, plain or gzipped as a whole. Members that are not asked for stay packed, whatever
 * they hold. Throws KdlabError naming the file where it is no archive, too large, or lacks one of `names`.
 */
export function parseNpz<Name extends string>(
  bytes: Uint8Array,
  file: string,
  names: readonly Name[],
): Record<Name, NpyArray> {
  const damaged = (what: string) => new KdlabError(`${file} is not a whole .npz archive: ${what}. Fetch it again.`);
  const wanted = new Set<string>(names.map((name) => `${name}.npy`));
  let members: Record<string, Uint8Array>;
  const found: string[] = [];
  let total = 0;
  try {
    const archive = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes;
    members = unzipSync(archive, {
      filter: ({ name, originalSize }) => {
        found.push(name);
        if (!wanted.has(name)) return false;
        total += originalSize;
        if (total > MAX_BYTES) throw new RangeError(`its members take more than ${MAX_BYTES} bytes`);
        return true;
      },
    });
  } catch (error) {
    throw damaged(messageOf(error));
  }
  const parsed = names.map((name) => {
    const member = members[`${name}.npy`];
    if (member === undefined) throw damaged(`it has no member ${name}.npy (it has ${found.join(', ') || 'none'})`);
    return [name, parseNpy(member, `${name}.npy in ${file}`)] as const;
  });
  return Object.fromEntries(parsed) as Record<Name, NpyArray>;
}
