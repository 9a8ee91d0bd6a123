import { selectEngine } from '../../src/engine/engine';

/** Chooses the engine the tests compute with; call it in `before`. */
export const useEngine = (): Promise<unknown> => selectEngine();
