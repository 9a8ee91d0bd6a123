import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { Model } from '../../src/core/types';

/**
 * Networks of one shape trained side by side, each on examples of its own, as one model: an example is a tuple with one input
 * for each member, x [n, members, …], and its logits are theirs one after the other, [n, members · classes]. Member i's output
 * depends on input i alone, so that with an optimizer that works number by number (all of `src/optimizers` do) each is trained
 * exactly as it would be by itself. Throws KdlabError for no members or members of unlike shapes.
 */
export function committee(id: string, members: readonly Model[]): Model {
  const first = members[0];
  if (first === undefined) throw new KdlabError(`${id}: a committee needs at least one member`);
  const { inputShape, classes } = first;
  for (const member of members)
    if (member.classes !== classes || member.inputShape.join() !== inputShape.join())
      throw new KdlabError(`${id}: ${member.id} and ${first.id} differ in shape; members of a committee are alike`);
  const total = (of: (model: Model) => number) => members.reduce((sum, member) => sum + of(member), 0);
  return {
    id,
    inputShape: [members.length, ...inputShape],
    classes: members.length * classes,
    params: Object.fromEntries(
      members.flatMap(({ params }, i) =>
        Object.entries(params).map(([name, variable]) => [`${i}/${name}`, variable] as const),
      ),
    ),
    taps: [],
    coupling: members.some(({ coupling }) => coupling === 'batch') ? 'batch' : 'example',
    cost: {
      parameters: total(({ cost }) => cost.parameters),
      bytes: total(({ cost }) => cost.bytes),
      multiplyAdds: total(({ cost }) => cost.multiplyAdds),
    },
    forward: ({ x, size }, { training, draws }) => {
      const rest = inputShape.map(() => 0);
      const logits = members.map((member, i) => {
        const own = tf.reshape(tf.slice(x, [0, i, ...rest], [size, 1, ...inputShape]), [size, ...inputShape]);
        const mode = { training, ...(draws === undefined ? {} : { draws: draws.split('member', i) }) };
        return member.forward({ x: own, size }, mode).logits;
      });
      return { logits: tf.concat2d(logits, 1), taps: {} };
    },
  };
}
