export { MlflowClient } from './client';
export { MlflowError } from './errors';
export { Filter } from './filter';
export type { HttpOptions } from './http';
export { isUnsupported } from './logged-models';
export type * from './types';
