/**
 * Picojoules in a 45 nm process: a 32-bit floating-point product and sum, and reading 32 bits from an 8 KiB cache, a
 * 1 MiB cache (half of 64 bits), and memory (Horowitz, "Computing's energy problem", ISSCC 2014; Han et al. 2015, table 1).
 */
const PICOJOULES = { multiplyAdd: 3.7 + 0.9, smallCache: 5, largeCache: 50, memory: 640 } as const;

/**
 * Microjoules of one prediction at batch 1, estimated and not measured: its multiplications and additions, and each
 * parameter read once from the nearest place that holds them all. Newer processes need a fraction of it; the ratio of two
 * models is what it is good for.
 */
export function energyEstimate({ multiplyAdds, parameters }: { multiplyAdds: number; parameters: number }): number {
  const bytes = 4 * parameters;
  const read =
    bytes <= 8 * 1024 ? PICOJOULES.smallCache : bytes <= 1024 * 1024 ? PICOJOULES.largeCache : PICOJOULES.memory;
  return (multiplyAdds * PICOJOULES.multiplyAdd + parameters * read) * 1e-6;
}
