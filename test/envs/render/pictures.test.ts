import assert from 'node:assert/strict';
import { test } from 'node:test';
import { list, make } from '../../../envs/registry';
import type { Drawing } from '../../../envs/render/drawing';
import { Raster, rgbOf } from '../../../envs/render/raster';
import { svgOf } from '../../../envs/render/svg';

const picture: Drawing = {
  width: 4,
  height: 2,
  shapes: [
    { kind: 'rectangle', x: 0, y: 0, width: 2, height: 2, ink: '#ff0000' },
    { kind: 'circle', x: 3, y: 1, radius: 0.5, ink: '#0000ff' },
    {
      kind: 'line',
      points: [
        [0, 0],
        [4, 0],
      ],
      width: 0.2,
      ink: '#00ff00',
    },
    { kind: 'text', x: 1, y: 1.5, size: 0.5, text: 'a<b', ink: '#000000' },
  ],
};

test('a picture as SVG, text escaped, nothing from outside', () => {
  assert.equal(
    svgOf(picture, { size: 80 }),
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2" width="80" height="40">' +
      '<rect x="0" y="0" width="2" height="2" fill="#ff0000"/>' +
      '<circle cx="3" cy="1" r="0.5" fill="#0000ff"/>' +
      '<polyline points="0,0 4,0" stroke="#00ff00" stroke-width="0.2" fill="none" stroke-linecap="round" stroke-linejoin="round"/>' +
      '<text x="1" y="1.5" font-size="0.5" fill="#000000" text-anchor="middle" font-family="sans-serif">a&lt;b</text></svg>',
  );
});

test('every environment draws itself: one SVG document for each state', () => {
  for (const { id } of list()) {
    const env = make(id);
    env.reset({ seed: 1 });
    const svg = svgOf(env.draw());
    assert.match(svg, /^<svg [^>]+>(<(rect|circle|polyline|text) [^>]+>([^<]*<\/text>)?)+<\/svg>$/);
    assert.ok(!svg.includes('NaN'), id);
  }
});

test('pixels are painted where the shapes lie, with half cover on their edges', () => {
  const raster = new Raster(40, 20, '#ffffff');
  raster.draw({ ...picture, shapes: picture.shapes.slice(0, 2) }, 0, 0, 10);
  const at = (x: number, y: number) => Array.from(raster.pixels.subarray(4 * (40 * y + x), 4 * (40 * y + x) + 3));
  assert.deepEqual(at(5, 5), [255, 0, 0]);
  assert.deepEqual(at(30, 10), [0, 0, 255]);
  assert.deepEqual(at(21, 1), [255, 255, 255]);
  const shifted = new Raster(10, 10, '#000000');
  shifted.rectangle(2.5, 2.5, 4, 4, '#ffffff');
  const edge = shifted.pixels[4 * (10 * 4 + 2)]!;
  assert.ok(edge > 100 && edge < 155, `edge ${edge}`);
  assert.deepEqual(rgbOf('#0a6eb4'), [10, 110, 180]);
});

test('letters have their dots, unknown signs none', () => {
  const raster = new Raster(12, 9, '#ffffff');
  raster.text('I€', 0, 8, 7, '#000000');
  const rows = Array.from({ length: 9 }, (_, y) =>
    Array.from({ length: 12 }, (_, x) => (raster.pixels[4 * (12 * y + x)]! < 128 ? '#' : '.')).join(''),
  );
  assert.deepEqual(
    rows.slice(1, 8),
    ['.###.......', '..#........', '..#........', '..#........', '..#........', '..#........', '.###.......'].map(
      (row) => row.padEnd(12, '.'),
    ),
  );
});
