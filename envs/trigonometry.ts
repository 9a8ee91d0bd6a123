const S1 = -0.16666666666666632;
const S2 = 0.00833333333332249;
const S3 = -0.0001984126982985795;
const S4 = 2.7557313707070068e-6;
const S5 = -2.5050760253406863e-8;
const S6 = 1.58969099521155e-10;
const C1 = 0.0416666666666666;
const C2 = -0.001388888888887411;
const C3 = 2.480158728947673e-5;
const C4 = -2.7557314351390663e-7;
const C5 = 2.087572321298175e-9;
const C6 = -1.1359647557788195e-11;

/** Beyond this the polynomials are no longer those of fdlibm. */
const SMALL = 0.3;

/**
 * Sines and cosines of angles [n], in radians. Small ones by the polynomials of fdlibm (Sun Microsystems 1993, k_sin.c
 * and k_cos.c), within one unit in the last place: what `Math.sin` gives at many times the cost, and in that unit not
 * on every version of Node. A loop of its own, because the long chain of a whole step would keep the processor from
 * working on several angles at once.
 */
export function sinCos(angles: Float64Array, sines: Float64Array, cosines: Float64Array): void {
  for (let i = 0; i < angles.length; i++) {
    const x = angles[i]!;
    if (Math.abs(x) < SMALL) {
      const z = x * x;
      sines[i] = x + z * x * (S1 + z * (S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))));
      cosines[i] = 1 - (0.5 * z - z * (z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))))));
    } else {
      sines[i] = Math.sin(x);
      cosines[i] = Math.cos(x);
    }
  }
}
