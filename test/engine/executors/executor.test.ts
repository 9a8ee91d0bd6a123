import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { defaultThreads } from '../../../src/engine/executors/threads';
import { MICRO } from '../../../src/engine/program/instructions';
import { everyBench, instruction } from '../../support/machines';

test('a program kept in memory runs again and again on what its addresses hold', () => {
  for (const bench of everyBench()) {
    const x = bench.floats([1]);
    const body = [1, 1, 1, 1, x, 0, 0, 1, MICRO.indexOf('add'), 1, 0, 0, 0];
    const words = [...instruction('map', ...body, 1, 1, x, 0), ...instruction('end')];
    const handle = bench.executor.load(Int32Array.from(words));
    for (let i = 0; i < 10; i++) bench.executor.run(handle);
    bench.executor.unload(handle);
    assert.equal(bench.read(x, 1)[0], 1024);
    assert.throws(() => bench.executor.unload(handle), RangeError);
    bench.release();
  }
});

test('runs by all threads are right after runs by the caller alone', () => {
  const length = 100_000;
  for (const bench of everyBench()) {
    const x = bench.room(length);
    const out = bench.room(3);
    // Sums in parts, each of which takes one of two shared rooms in turn: an odd number of them leaves the other one next.
    const sum = (to: number) => {
      const body = [length, 1, length, 1, x, 0, 0, 0];
      return [...instruction('reduce', 0, 1, length, 1, to, 0, ...body, 0), ...instruction('barrier')];
    };
    const words = [...sum(out), ...sum(out + 1), ...sum(out + 2), ...instruction('end')];
    const handle = bench.executor.load(Int32Array.from(words));
    for (let i = 1; i < 20; i++) {
      bench.executor.floats(x, length).fill(i);
      bench.executor.run(handle, i % 2 === 0);
      assert.deepEqual([...bench.read(out, 3)], [i * length, i * length, i * length], bench.name);
    }
    bench.executor.unload(handle);
    bench.release();
  }
});

test('views stay valid while the memory grows', () => {
  for (const bench of everyBench()) {
    const address = bench.floats([1, 2, 3]);
    const view = bench.executor.floats(address, 3);
    const large = bench.room(5e7);
    const far = bench.executor.ints(large + 5e7 - 2, 2);
    far.set([4, 5]);
    view[1] = 7;
    assert.deepEqual([...bench.executor.floats(address, 3)], [1, 7, 3]);
    assert.deepEqual([...bench.executor.ints(large + 5e7 - 2, 2)], [4, 5]);
    // A view that reaches over many parts sees the same elements.
    assert.deepEqual([...bench.executor.ints(large, 5e7).subarray(-2)], [4, 5]);
    bench.release();
  }
});

test('more memory than there is gives an error that says how much', () => {
  for (const bench of everyBench())
    if (bench.executor.name === 'wasm')
      assert.throws(() => bench.memory.allocate(2 ** 31), /memory is full: 85\d+ bytes wanted/);
});

test('ten thousand runs take no memory', () => {
  for (const bench of everyBench().slice(0, 5)) {
    const x = bench.floats(new Float32Array(256).fill(1));
    const out = bench.room(256);
    const gemm = instruction('gemm', 1, 16, 16, 16, 0, 0, x, x, out, 0, 0, 0, 0xffffffff, 0, 0);
    const words = Int32Array.from([...gemm, ...instruction('end')], (word) => word | 0);
    const often = (times: number) => {
      for (let i = 0; i < times; i++) {
        const handle = bench.executor.load(words);
        bench.executor.run(handle);
        bench.executor.floats(out, 256);
        bench.executor.unload(handle);
      }
    };
    often(2000);
    const before = process.memoryUsage();
    often(10_000);
    const after = process.memoryUsage();
    assert.ok(after.rss - before.rss < 20e6, `${bench.name}: ${after.rss - before.rss} bytes`);
    assert.ok(after.external - before.external < 1e6);
    bench.release();
  }
});

test('KDLAB_THREADS sets the number of threads; nonsense is refused', () => {
  const before = process.env.KDLAB_THREADS;
  try {
    process.env.KDLAB_THREADS = '7';
    assert.equal(defaultThreads(), 7);
    for (const nonsense of ['0', '65', '1.5', 'two']) {
      process.env.KDLAB_THREADS = nonsense;
      assert.throws(() => defaultThreads(), /KDLAB_THREADS is ".*", expected a number from 1 to 64/);
    }
    delete process.env.KDLAB_THREADS;
    assert.ok(defaultThreads() >= 1 && defaultThreads() <= 4);
  } finally {
    if (before === undefined) delete process.env.KDLAB_THREADS;
    else process.env.KDLAB_THREADS = before;
  }
});

test('a process with executors that have run ends by itself', () => {
  const script = `
    for (const make of [require('./src/engine/executors/native').loadNative, require('./src/engine/executors/wasm').loadWasm]) {
      const made = make(3);
      if ('executor' in made) made.executor.run(made.executor.load(Int32Array.of(1, 2, 0, 2)));
    }
    console.log('ran');`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-r', 'ts-node/register/transpile-only', '-e', script],
    { encoding: 'utf8', timeout: 60_000 },
  );
  assert.equal(stdout, 'ran\n', stderr);
  assert.equal(status, 0, stderr);
});
