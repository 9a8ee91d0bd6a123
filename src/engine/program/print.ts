import { type Graph, inputsOf, type Node, type Op } from './ir';

/** A graph to be read by people, one node a line: `%12 = matmul %3 %7ᵀ  float32[256,128]`. */
export function print(graph: Graph<{ readonly name: string }>): string {
  const lines = graph.nodes.map((node) => `%${node.id} = ${describe(node, graph)}  ${node.dtype}[${node.shape}]`);
  for (const { variable, value } of graph.updates) lines.push(`${graph.variables[variable]!.name} ← %${value}`);
  for (const [name, id] of Object.entries(graph.outputs)) lines.push(`${name} → %${id}`);
  return lines.join('\n');
}

function describe({ op }: Node, graph: Graph<{ readonly name: string }>): string {
  const inputs = inputsOf(op).map((id) => `%${id}`);
  switch (op.kind) {
    case 'input':
      return `input ${op.name}`;
    case 'variable':
      return graph.variables[op.index]!.name;
    case 'fill':
      return String(op.value);
    case 'constant':
      return `constant of ${op.values.length}`;
    case 'matmul':
      return `matmul ${inputs[0]}${op.transposeA ? 'ᵀ' : ''} ${inputs[1]}${op.transposeB ? 'ᵀ' : ''}`;
    default:
      return [nameOf(op), ...inputs, ...details(op)].join(' ');
  }
}

function nameOf(op: Op): string {
  return 'name' in op ? (op.kind === 'reduce' || op.kind === 'argReduce' ? `${op.kind} ${op.name}` : op.name) : op.kind;
}

/** What is special to an operation, besides its kind, name and inputs. */
function details(op: Op): string[] {
  return Object.entries(op).flatMap(([key, value]) =>
    key === 'kind' || key === 'name' || key === 'inputs' ? [] : [`${key}=${JSON.stringify(value)}`],
  );
}
