import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { createServer } from 'vite';

/** Pages with a fake peer behind them, served to a browser; no part of the app itself. */
export interface GalleryServer {
	/** Where a page is shown in a named state of states.ts. */
	address(page: string, state: string): string;
	close(): Promise<void>;
}

export async function openGallery(): Promise<GalleryServer> {
	const server = await createServer({
		configFile: false,
		root: '.',
		logLevel: 'error',
		plugins: [svelte({ configFile: false, preprocess: vitePreprocess() })],
		resolve: { alias: { $lib: '/src/lib' } },
		cacheDir: '.tmp/vite-pictures',
		server: { port: 0 }
	});
	await server.listen();
	const [origin = ''] = server.resolvedUrls?.local ?? [];
	return {
		address: (page, state) => `${origin}tests/ui/gallery.html?state=${state}&page=${page}`,
		close: () => server.close()
	};
}
