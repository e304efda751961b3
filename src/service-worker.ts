/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
/// <reference types="@sveltejs/kit" />
/**
 * Keeps the app's shell for work without a network, and nothing else: no file data ever passes here. A new version
 * waits until the page says that it may take over (src/lib/host/update.ts).
 */
import { build, files, version } from '$service-worker';

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

const cacheName = `shell ${version}`;
/** The one page that serves every route. It is in no list of the build. */
const shellPage = '/';
/** Kit names the files that pages load; those of the workers stand in a list of their own (svelte.config.js). */
const workerList = '/_app/workers.json';
/** Files whose names change with their content. */
const immutableFolder = '/_app/immutable/';
const shell = [shellPage, ...build, ...files];
const shellPaths = new Set(shell);

worker.addEventListener('install', (event) => {
	event.waitUntil(keepShell());
});

worker.addEventListener('activate', (event) => {
	event.waitUntil(dropOldShells());
});

worker.addEventListener('message', (event) => {
	// What workbox-window's messageSkipWaiting() sends.
	const data = event.data as { readonly type?: unknown } | null;
	if (data?.type === 'SKIP_WAITING') void worker.skipWaiting();
});

worker.addEventListener('fetch', (event) => {
	const { request } = event;
	const url = new URL(request.url);
	if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
	if (request.mode === 'navigate') event.respondWith(fromShell(shellPage, request));
	else if (isShell(url.pathname)) event.respondWith(fromShell(url.pathname, request));
});

async function keepShell(): Promise<void> {
	const cache = await caches.open(cacheName);
	// Past the HTTP cache, so that a new version is not put together from old files.
	const cacheMode = { cache: 'reload' } as const;
	const listed = (await (await fetch(workerList, cacheMode)).json()) as readonly string[];
	const all = new Set([...shell, ...listed]);
	await cache.addAll([...all].map((path) => new Request(path, cacheMode)));
}

function isShell(path: string): boolean {
	return shellPaths.has(path) || path.startsWith(immutableFolder);
}

async function dropOldShells(): Promise<void> {
	const names = await caches.keys();
	await Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name)));
	await worker.clients.claim();
}

async function fromShell(path: string, request: Request): Promise<Response> {
	const cache = await caches.open(cacheName);
	return (await cache.match(path)) ?? fetch(request);
}
