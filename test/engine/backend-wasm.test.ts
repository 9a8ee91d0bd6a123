import { loadWasm } from '../../src/engine/executors/wasm';
import { checkBackend } from './backend-checks';

checkBackend(() => {
  const found = loadWasm(2);
  if ('reason' in found) throw new Error(found.reason);
  return found.executor;
});
