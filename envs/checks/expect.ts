/** Throws Error where the condition does not hold. */
export function expect(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}

/** Throws Error where two arrays differ in any bit; NaN equals itself. */
export function expectSame(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(found.length === expected.length, `${what}: ${found.length} numbers, expected ${expected.length}`);
  for (let k = 0; k < expected.length; k++)
    expect(Object.is(found[k], expected[k]), `${what}: element ${k} is ${found[k]}, expected ${expected[k]}`);
}

/** Throws Error where `act` does not throw. */
export function expectRefusal(act: () => unknown, what: string): void {
  let refused = false;
  try {
    act();
  } catch {
    refused = true;
  }
  expect(refused, `${what} is not refused`);
}
