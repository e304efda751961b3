export { chunkBytesMax, chunkBytesMin, chunkBytesNormal } from '../coding/limits.ts';

export class Chunker {
	push(_bytes: Uint8Array): Uint8Array[] {
		throw new Error('to be written');
	}
	end(): Uint8Array | undefined {
		throw new Error('to be written');
	}
}
