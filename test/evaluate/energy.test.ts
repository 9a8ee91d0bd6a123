import assert from 'node:assert/strict';
import { test } from 'node:test';
import { energyEstimate } from '../../src/evaluate/energy';

test('energy: arithmetic by the operation, parameters read from the nearest place that holds them', () => {
  const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-9, `${found}`);
  near(energyEstimate({ multiplyAdds: 96, parameters: 114 }), (96 * 4.6 + 114 * 5) / 1e6);
  near(energyEstimate({ multiplyAdds: 100_000, parameters: 100_000 }), 0.46 + 5);
  near(energyEstimate({ multiplyAdds: 0, parameters: 1_000_000 }), 640);
});
