import { sveltekit } from '@sveltejs/kit/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Alias } from 'vite';

/** simple-peer's Node half is not wanted: in a page WebRTC is built in (docs/adr/0002-simple-peer.md). */
export const browserAliases: Alias[] = [
	{
		find: 'webrtc-polyfill',
		replacement: fileURLToPath(
			new URL('src/lib/adapters/webrtc/webrtc-globals.ts', import.meta.url)
		)
	}
];

export default defineConfig({
	plugins: [sveltekit()],
	resolve: { alias: browserAliases },
	worker: { format: 'es' },
	build: { target: 'es2023' }
});
