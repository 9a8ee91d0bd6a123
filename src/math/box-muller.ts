/**
 * Standard normals from pairs of uniform 32-bit words (Box and Muller, 1958), in float64. Element 2i and 2i + 1 come from
 * words 2i and 2i + 1, of which the first gives the radius √(−2 log((w + ½) / 2³²)), at most 6.8, and the second the angle.
 * `words` has an even length of at least `count`.
 */
export function boxMuller(words: Uint32Array, count: number, mean = 0, standardDeviation = 1): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = standardDeviation * Math.sqrt(-2 * Math.log((words[i]! + 0.5) / 2 ** 32));
    const angle = 2 * Math.PI * (words[i + 1]! / 2 ** 32);
    out[i] = mean + radius * Math.cos(angle);
    if (i + 1 < count) out[i + 1] = mean + radius * Math.sin(angle);
  }
  return out;
}
