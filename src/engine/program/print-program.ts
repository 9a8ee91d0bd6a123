import type { IndexMap } from './index-map';
import { isIdentity, isScalar } from './index-map';
import type { NodeId } from './ir';
import type { Plan } from './plan';
import type { Schedule } from './schedule';
import { type Body, type Step, writesOf } from './steps';
import type { Instruction } from './words';

/** A program as text: rounds of steps, the instructions' number, and where its memory goes. */
export function printProgram(
  { rounds, values, homes }: Schedule,
  planned: Plan,
  instructions: readonly Instruction[],
): string {
  const name = (value: NodeId) => {
    const place = planned.places.get(value);
    return place !== undefined && 'variable' in place ? `$${place.variable}` : `%${value}`;
  };
  const lines: string[] = [];
  rounds.forEach((steps, round) => {
    lines.push(`round ${round}`);
    for (const step of steps) lines.push(`  ${printStep(step, name)}`);
  });
  const count = (opcode: string) => instructions.filter(([name]) => name === opcode).length;
  const buffers = [...planned.places].flatMap(([value, place]) =>
    'offset' in place ? [`  %${value} ${values[value]!.dtype}[${values[value]!.elements}] at ${place.offset}`] : [],
  );
  return [
    ...lines,
    `${instructions.length} instructions, ${count('barrier')} barriers; ${homes.size} variables written in place`,
    `memory: ${kib(planned.elements)} (${kib(planned.unshared)} without sharing), variables apart`,
    ...buffers,
  ].join('\n');
}

function kib(elements: number): string {
  return `${((4 * elements) / 1024).toFixed(1)} KiB`;
}

function printStep(step: Step, name: (value: NodeId) => string): string {
  switch (step.kind) {
    case 'map': {
      const outputs = step.outputs.map(({ register, value }) => `${name(value)} = r${register}`);
      return `map [${step.body.count}] ${printBody(step.body, name)}; ${outputs.join('; ')}`;
    }
    case 'reduce': {
      const { output, outer, reduced, inner, body, register } = step;
      return `${name(output)} = ${step.name} over [${outer}, (${reduced}), ${inner}] ${printBody(body, name)}; r${register}`;
    }
    case 'gemm': {
      const { batch, m, n, k, a, b, transposeA, transposeB, bias, activation, output } = step;
      const product = `${name(a)}${transposeA ? 'ᵀ' : ''} × ${name(b)}${transposeB ? 'ᵀ' : ''}`;
      const after = `${bias === undefined ? '' : ` + ${name(bias)}`}${activation === 'none' ? '' : `, ${activation}`}`;
      return `${name(output)} = gemm ${batch === 1 ? '' : `${batch}·`}[${m}, ${k}, ${n}] ${product}${after}`;
    }
    case 'copy': {
      const parts = step.parts.map(
        ({ count, from, to }) => `${name(from.value)}${printMap(from.map)} [${count}]→${printMap(to)}`,
      );
      return `${name(step.output)} = copy ${parts.join(', ')}`;
    }
    case 'fill':
      return `${name(step.output)} = fill ${step.value}`;
    case 'kernel': {
      const { node, operands } = step;
      const which = 'name' in node.op ? ` ${node.op.name}` : '';
      const inputs = operands.map(({ value, shape }) => `${name(value)}[${shape}]`);
      return `${writesOf(step).map(name)}[${node.shape}] = ${node.op.kind}${which} ${inputs.join(', ')}`;
    }
  }
}

function printBody({ loads, operations }: Body, name: (value: NodeId) => string): string {
  const read = loads.map(({ value, map }, i) => `r${i} = ${name(value)}${printMap(map)}`);
  const computed = operations.map(({ code, to, operands }) =>
    code === 'constant' ? `r${to} = ${operands[0]}` : `r${to} = ${code} ${operands.map((r) => `r${r}`).join(' ')}`,
  );
  return [...read, ...computed].join('; ');
}

/** Nothing where elements are read in order, else [length×stride…] and the offset. */
function printMap(map: IndexMap): string {
  if (isIdentity(map)) return '';
  if (isScalar(map)) return `[${map.offset}]`;
  return `[${map.lengths.map((length, i) => `${length}×${map.strides[i]}`).join(' ')}${map.offset === 0 ? '' : ` +${map.offset}`}]`;
}
