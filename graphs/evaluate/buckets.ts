/** Nodes alike in one number, such as their degree. */
export interface Bucket {
  /** `1–2`, `0.75–1`. */
  readonly label: string;
  readonly nodes: Int32Array;
}

/** Groups nodes by degree: 0, 1–2, 3–4, 5–8, 9–16, and above. Empty groups are left out. */
export function byDegree(nodes: Int32Array, degree: (node: number) => number): Bucket[] {
  const bounds = [0, 2, 4, 8, 16, Number.POSITIVE_INFINITY];
  return bounds.flatMap((to, i) => {
    const from = i === 0 ? 0 : bounds[i - 1]! + 1;
    const label = to === Number.POSITIVE_INFINITY ? `≥ ${from}` : from === to ? `${from}` : `${from}–${to}`;
    return bucket(label, nodes, (node) => degree(node) >= from && degree(node) <= to);
  });
}

/** Groups nodes by the share of their neighbours of their own class, in quarters; nodes without one (NaN) are left out. */
export function byHomophily(nodes: Int32Array, homophily: Float32Array): Bucket[] {
  return [0, 0.25, 0.5, 0.75].flatMap((from) =>
    bucket(`${from}–${from + 0.25}`, nodes, (node) => {
      const share = homophily[node]!;
      return share >= from && (share < from + 0.25 || (from === 0.75 && share === 1));
    }),
  );
}

function bucket(label: string, nodes: Int32Array, holds: (node: number) => boolean): Bucket[] {
  const members = nodes.filter(holds);
  return members.length === 0 ? [] : [{ label, nodes: members }];
}
