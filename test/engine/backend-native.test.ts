import { test } from 'node:test';
import { loadNative } from '../../src/engine/executors/native';
import { checkBackend } from './backend-checks';

const found = loadNative();
if ('executor' in found) checkBackend(() => found.executor);
else test('backend kdlab on native kernels', { skip: found.reason }, () => undefined);
