import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../signaling/server.ts';
import { ask, Cleanup, folderInTest, serverInTest } from './server-in-test.ts';

const script = 'export const answer = 42;\n'.repeat(200);

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

let server: RunningServer;
beforeEach(async () => {
	const root = await folderInTest(cleanup, {
		'app/index.html': '<p>the app</p>',
		'app/about.html': '<p>about</p>',
		'app/service-worker.js': 'self;',
		'app/manifest.webmanifest': '{}',
		'app/_app/version.json': '{}',
		'app/_app/immutable/entry/start.abc.js': script,
		'app/_app/immutable/assets/coder.abc.wasm': '\0asm',
		'app/.secret': 'hidden',
		'app/schlüssel.txt': 'grüße',
		'private.txt': 'outside',
		'app-too/index.html': 'also outside'
	});
	server = await serverInTest(cleanup, { appFolder: `${root}/app` });
});

describe('the app', () => {
	it.each(['/', '/folders', '/join/abc?x=1', '/restore/2026'])(
		'is its one page at %s',
		async (path) => {
			const { status, headers, body } = await ask(server, path);
			expect(status).toBe(200);
			expect(headers['content-type']).toBe('text/html; charset=utf-8');
			expect(headers['cache-control']).toBe('no-cache');
			expect(body.toString()).toBe('<p>the app</p>');
		}
	);

	it('has prerendered pages of their own', async () => {
		expect((await ask(server, '/about')).body.toString()).toBe('<p>about</p>');
	});

	it.each(['/_app/immutable/entry/gone.js', '/_app/gone', '/missing.png'])(
		'has no page in the place of a missing file: %s',
		async (path) => {
			expect((await ask(server, path)).status).toBe(404);
		}
	);
});

describe('files', () => {
	it.each([
		['/_app/immutable/entry/start.abc.js', 'text/javascript; charset=utf-8'],
		['/_app/immutable/assets/coder.abc.wasm', 'application/wasm'],
		['/manifest.webmanifest', 'application/manifest+json'],
		['/schl%C3%BCssel.txt', 'text/plain; charset=utf-8']
	])('%s has the type %s', async (path, type) => {
		const { status, headers } = await ask(server, path);
		expect([status, headers['content-type']]).toEqual([200, type]);
		expect(headers['x-content-type-options']).toBe('nosniff');
	});

	it('are kept for good where their name says their content, and asked for again elsewhere', async () => {
		const cached = async (path: string): Promise<string | undefined> =>
			(await ask(server, path)).headers['cache-control'];
		expect(await cached('/_app/immutable/entry/start.abc.js')).toMatch(/immutable/);
		expect(await cached('/_app/version.json')).toBe('no-cache');
		expect(await cached('/service-worker.js')).toBe('no-cache');
	});

	it('are not sent again when they did not change', async () => {
		const first = await ask(server, '/');
		const headers = { 'if-none-match': String(first.headers.etag) };
		const { status, body } = await ask(server, '/', { headers });
		expect([status, body.length]).toEqual([304, 0]);
	});

	it('are compressed for those who take it', async () => {
		const path = '/_app/immutable/entry/start.abc.js';
		const { headers, body } = await ask(server, path, {
			headers: { 'accept-encoding': 'br, gzip' }
		});
		expect(headers['content-encoding']).toBe('gzip');
		expect(gunzipSync(body).toString()).toBe(script);
		const plain = await ask(server, path, { headers: { 'accept-encoding': 'gzip;q=0' } });
		expect(plain.body.toString()).toBe(script);
	});

	it('are described without their content by HEAD', async () => {
		const { status, headers, body } = await ask(server, '/', { method: 'HEAD' });
		expect([status, body.length, headers['content-length']]).toEqual([200, 0, '14']);
	});

	it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('cannot be had by %s', async (method) => {
		const { status, headers } = await ask(server, '/', { method });
		expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
	});
});

describe('what may frame, run and connect', () => {
	it('is told for the page, whose own policy stands in the page', async () => {
		const { headers } = await ask(server, '/');
		expect(headers['content-security-policy']).toBe("frame-ancestors 'none'");
		expect(headers['permissions-policy']).toMatch(/camera=\(self\)/);
		expect(headers['cross-origin-opener-policy']).toBe('same-origin');
		expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
	});

	it('is told in full for scripts, because a worker takes the policy of its own file', async () => {
		const { headers } = await ask(server, '/_app/immutable/entry/start.abc.js');
		const policy = headers['content-security-policy'];
		expect(policy).toMatch(/default-src 'none'; script-src 'self' 'wasm-unsafe-eval'/);
		expect(policy).toMatch(/connect-src 'self' ws: wss:/);
	});
});

describe('paths', () => {
	it.each([
		'/../private.txt',
		'/%2e%2e/private.txt',
		'/..%2fprivate.txt',
		'/_app/../../private.txt',
		'/..\\private.txt',
		'/%2e%2e%5cprivate.txt',
		'/../app-too/index.html',
		'/.secret',
		'/%00',
		'/%ff',
		'//../private.txt',
		'http://elsewhere/../../private.txt'
	])('lead nowhere: %s', async (path) => {
		const { status, body } = await ask(server, path);
		expect(status).toBe(400);
		expect(body.toString()).not.toMatch(/outside|hidden/);
	});
});
