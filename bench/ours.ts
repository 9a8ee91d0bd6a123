import readline from 'node:readline';
import { messageOf } from '../src/core/errors';
import type { EngineName } from '../src/engine/engine';
import { readArrays } from './arrays';
import type { Request } from './protocol';
import type { Run, Workload } from './workload';

/* Our side of a workload as a process of its own: `node ours.js WORKLOAD ENGINE`, see protocol.ts. */

const [title, engine] = process.argv.slice(2) as [string, EngineName];
const { default: workload } = require(`./workloads/${title}`) as { default: Workload };
let run: Run | undefined;

async function answer(request: Request): Promise<object> {
  if (request.do === 'setup') {
    const { folder, variant, random } = request;
    const computes = workload.tensors === false ? `Node ${process.versions.node}` : await engineInUse();
    run = await workload.start({ arrays: readArrays(folder), variant, random });
    return { engine: variant === '' ? computes : `${computes}, ${variant}` };
  }
  if (run === undefined) throw new Error('run before setup');
  const start = performance.now();
  const value = await run(request.steps);
  return { seconds: (performance.now() - start) / 1000, value };
}

async function engineInUse(): Promise<string> {
  const { selectEngine } = await import('../src/engine/engine');
  const { name, threads } = await selectEngine(engine);
  return `${name}, ${threads} thread${threads === 1 ? '' : 's'}`;
}

async function serve(): Promise<void> {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({ error: messageOf(error) }));
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}

void serve();
