import adapter from '@sveltejs/adapter-static';
import { readdirSync, writeFileSync } from 'node:fs';

const workerFolder = '_app/immutable/workers';

/** The adapter, and after it the list of the files that workers load: Kit tells the service worker only those of pages. */
function listingWorkers(base) {
	return {
		...base,
		async adapt(builder) {
			await base.adapt(builder);
			const entries = readdirSync(`build/${workerFolder}`, { recursive: true });
			const files = entries.map((name) => `/${workerFolder}/${name.replaceAll('\\', '/')}`);
			const listed = files.filter((path) => /\.(js|wasm)$/.test(path)).sort();
			writeFileSync('build/_app/workers.json', JSON.stringify(listed));
		}
	};
}

/** @type {import('@sveltejs/kit').Config} */
export default {
	kit: {
		// Every route is served by one shell: the app works from the cache, without a server.
		adapter: listingWorkers(adapter({ fallback: 'index.html' })),
		// Registered by workbox-window, which shows the update prompt (src/lib/host/update.ts).
		serviceWorker: { register: false },
		csp: {
			mode: 'hash',
			directives: {
				'default-src': ['self'],
				'script-src': ['self', 'wasm-unsafe-eval'],
				'style-src': ['self', 'unsafe-inline'],
				'img-src': ['self', 'data:', 'blob:'],
				'worker-src': ['self'],
				// Brokers are chosen by the person, so their addresses are not known here.
				'connect-src': ['self', 'ws:', 'wss:'],
				'object-src': ['none'],
				'base-uri': ['none'],
				'form-action': ['none']
			}
		}
	}
};
