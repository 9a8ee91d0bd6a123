/**
 * The printable character that stands for each byte in byte-level BPE (Radford et al. 2019): printable Latin-1 bytes stand
 * for themselves, the others for the characters from U+0100 on.
 */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(printable ? byte : next++);
  });
})();

/** A text as the characters that stand for its UTF-8 bytes. */
export function byteCharacters(text: string): string[] {
  return Array.from(Buffer.from(text, 'utf8'), (byte) => BYTE_CHARACTERS[byte]!);
}
