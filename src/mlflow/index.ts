export { MlflowClient } from './client';
export { MlflowError } from './errors';
export type { HttpOptions } from './http';
export type * from './types';
