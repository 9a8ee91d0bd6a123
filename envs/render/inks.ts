import type { Ink } from './drawing';

type Named = Exclude<Ink, `#${string}`>;

/** Colours of the parts of a picture on a light page, and on a dark one. */
export const LIGHT: Readonly<Record<Named, string>> = {
  ground: '#e9edf1',
  line: '#2b3440',
  body: '#6b7a8c',
  accent: '#d1495b',
  good: '#3c8d5a',
  bad: '#31435c',
  muted: '#b6c0ca',
};
export const DARK: Readonly<Record<Named, string>> = {
  ground: '#262d35',
  line: '#d5dce4',
  body: '#8e9cad',
  accent: '#f07a89',
  good: '#5fc98a',
  bad: '#0e131a',
  muted: '#4a5561',
};

const isNamed = (ink: Ink): ink is Named => !ink.startsWith('#');

/** The colour on a light page. */
export const hexOf = (ink: Ink): string => (isNamed(ink) ? LIGHT[ink] : ink);

/** A colour that follows the page's variables of `variables`. */
export const variableOf = (ink: Ink): string => (isNamed(ink) ? `var(--ink-${ink})` : ink);

/** The CSS variables that `variableOf` reads. */
export const variables = (inks: Readonly<Record<Named, string>>): string =>
  Object.entries(inks)
    .map(([name, color]) => `--ink-${name}:${color}`)
    .join(';');
