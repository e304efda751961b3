/**
 * The three builds of src/lib/wasm-rs, which give the same bytes at different speeds. Which of them an engine can run
 * is asked of `WebAssembly.validate` with the very file, not guessed from its name.
 */
import { resourceBytes } from './resource.ts';

export type Variant = 'relaxed' | 'simd' | 'scalar';

/** Fastest first. */
export const variants: readonly Variant[] = ['relaxed', 'simd', 'scalar'];

// Written out one by one: bundlers find assets by this literal form only.
const urls: Readonly<Record<Variant, URL>> = {
	relaxed: new URL('../../wasm-rs/dist/coder-relaxed.wasm', import.meta.url),
	simd: new URL('../../wasm-rs/dist/coder-simd.wasm', import.meta.url),
	scalar: new URL('../../wasm-rs/dist/coder-scalar.wasm', import.meta.url)
};

/** The compiled module of one variant; undefined where this engine cannot run it. Rejects when it cannot be fetched. */
export async function compileVariant(variant: Variant): Promise<WebAssembly.Module | undefined> {
	const bytes = await resourceBytes(urls[variant]);
	return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : undefined;
}

/** The compiled module of the fastest variant that runs here. */
export async function compileFastest(): Promise<WebAssembly.Module> {
	for (const variant of variants) {
		const module = await compileVariant(variant);
		if (module !== undefined) return module;
	}
	throw new Error('this engine runs no WebAssembly');
}
