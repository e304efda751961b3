/**
 * Lets a failing property run again: HOLDFAST_SEED takes the seed that fast-check printed. Without it every run
 * draws a new one, so that the tests see more over time.
 */
export const seed = process.env['HOLDFAST_SEED'];

if (seed !== undefined) {
	const { default: fc } = await import('fast-check');
	fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
}
