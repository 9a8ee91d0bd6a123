/** Colours by their part in a picture, so that every environment looks of a kind in light and in dark. */
export type Ink = 'ground' | 'line' | 'body' | 'accent' | 'good' | 'bad' | 'muted' | `#${string}`;

/** One shape, in the units of the drawing; y points down. Later shapes lie above earlier ones. */
export type Shape =
  | {
      readonly kind: 'rectangle';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly ink: Ink;
    }
  | { readonly kind: 'circle'; readonly x: number; readonly y: number; readonly radius: number; readonly ink: Ink }
  | {
      readonly kind: 'line';
      readonly points: readonly (readonly [number, number])[];
      readonly width: number;
      readonly ink: Ink;
    }
  | {
      readonly kind: 'text';
      readonly x: number;
      readonly y: number;
      readonly size: number;
      readonly text: string;
      readonly ink: Ink;
    };

/** A picture of one state: a pure function of it, in units of its own. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}
