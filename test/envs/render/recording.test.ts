import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expertTeacher } from '../../../envs/experts/expert';
import { expertOf } from '../../../envs/experts/experts';
import { dynamicsOf } from '../../../envs/registry';
import { gifOf } from '../../../envs/render/gif';
import { pageOf } from '../../../envs/render/page';
import { type Recording, record } from '../../../envs/render/recording';
import { selectEngine } from '../../../src/engine/engine';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';

before(() => selectEngine('tfjs'));

function recorded(id: string, steps: number): Recording {
  const dynamics = dynamicsOf(id);
  const outputs = dynamics.actionSpace.kind === 'discrete' ? dynamics.actionSpace.n : 2 * dynamics.actionSpace.size;
  const student = mlp({
    id: 'student',
    input: dynamics.observationSpace.size,
    classes: outputs,
    hidden: [4],
    rng: Rng.root(1),
  });
  const watched = [
    { role: 'teacher', network: expertTeacher(dynamics, expertOf(id)) },
    { role: 'student', network: student },
  ];
  return record({ watched, id, rng: Rng.root(2), steps, choice: 'greedy' });
}

test('both begin in the same state; each frame tells what both would do there', () => {
  const { panels, actionNames } = recorded('CartPole-v1', 60);
  const [teacher, student] = panels as [(typeof panels)[0], (typeof panels)[0]];
  assert.deepEqual(actionNames, ['left', 'right']);
  assert.deepEqual(teacher.frames[0]!.drawing, student.frames[0]!.drawing);
  assert.deepEqual(teacher.frames[0]!.opinions, student.frames[0]!.opinions);
  assert.equal(teacher.end, 'cut');
  assert.equal(teacher.frames.length, 60);
  assert.equal(student.end, 'terminated');
  for (const { frames } of panels)
    for (const { opinions, action, total } of frames.slice(0, -1)) {
      for (const opinion of opinions) assert.ok(Math.abs(opinion[0]! + opinion[1]! - 1) < 1e-6);
      assert.ok(action !== undefined && Number.isFinite(total));
    }
  const { opinions, action } = teacher.frames[10]!;
  assert.equal(opinions[0]!.indexOf(Math.max(...opinions[0]!)), action![0]);
  assert.equal(student.frames.at(-1)!.total, student.frames.length - 1);
});

test('continuous actions are told as means and deviations', () => {
  const { panels } = recorded('Pendulum-v1', 5);
  const [expert] = panels[0]!.frames[0]!.opinions as [number[], number[]];
  assert.ok(Math.abs(expert[0]!) <= 2 && Math.abs(expert[1]! - 0.2) < 1e-6);
});

test('the page is whole: it loads nothing, its data are its own, shapes that come again are written once', () => {
  const recording = recorded('GridWorld-Maze-8x8-v0', 20);
  const page = pageOf(recording, { title: 'a <b> & "c"', about: 'about' });
  assert.match(page, /<title>a &lt;b> &amp; &quot;c&quot;<\/title>/);
  assert.ok(!/\b(src|href)=|@import|url\(|import\(|fetch\(/.test(page));
  assert.deepEqual(page.match(/https?:[^"]*/g)?.filter((url) => url !== 'http://www.w3.org/2000/svg') ?? [], []);
  const json = /const data=(\{.*?\});\n/s.exec(page)![1]!;
  const data = JSON.parse(json) as { shapes: string[]; panels: { pictures: number[][] }[] };
  assert.equal(new Set(data.shapes).size, data.shapes.length);
  assert.equal(data.panels[0]!.pictures.length, recording.panels[0]!.frames.length);
  assert.equal((page.match(/<\/script>/g) ?? []).length, 1);
});

test('the GIF has every second frame of the longer episode and the last', () => {
  const recording = recorded('CartPole-v1', 12);
  const bytes = Buffer.from(gifOf(recording, { milliseconds: 100, every: 2 }));
  assert.equal(bytes.toString('latin1', 0, 6), 'GIF89a');
  const { drawing } = recording.panels[0]!.frames[0]!;
  const height = 26 + Math.round((240 * drawing.height) / drawing.width) + 12 + 2 * (2 * 8 + 6) + 12;
  assert.deepEqual([bytes.readUInt16LE(6), bytes.readUInt16LE(8)], [12 + 2 * 252, height]);
  // A graphic control extension begins every frame: 0, 2, 4, 6, 8, 10 and 11.
  const frames = bytes.toString('latin1').split('\x21\xf9\x04').length - 1;
  assert.equal(frames, 7);
});
