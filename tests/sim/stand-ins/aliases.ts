/** Which packages a simulation replaces. The engine's own code stays as it is. */
import { fileURLToPath } from 'node:url';

export const standIns = [
	{
		find: '@noble/curves/ed25519.js',
		replacement: fileURLToPath(new URL('ed25519.ts', import.meta.url))
	}
];
