/** What every file of the app is sent with: its type, and what a page may do that was made of it. */
import type { OutgoingHttpHeaders } from 'node:http';

const types: ReadonlyMap<string, string> = new Map([
	['.html', 'text/html; charset=utf-8'],
	['.js', 'text/javascript; charset=utf-8'],
	['.mjs', 'text/javascript; charset=utf-8'],
	['.css', 'text/css; charset=utf-8'],
	['.json', 'application/json'],
	['.map', 'application/json'],
	['.webmanifest', 'application/manifest+json'],
	['.wasm', 'application/wasm'],
	['.svg', 'image/svg+xml'],
	['.png', 'image/png'],
	['.jpg', 'image/jpeg'],
	['.webp', 'image/webp'],
	['.avif', 'image/avif'],
	['.ico', 'image/x-icon'],
	['.woff2', 'font/woff2'],
	['.txt', 'text/plain; charset=utf-8'],
	['.xml', 'application/xml']
]);

/** By file extension with its dot. WebAssembly compiles while it streams in only under its right type. */
export function mimeType(extension: string): string {
	return types.get(extension.toLowerCase()) ?? 'application/octet-stream';
}

export function isCompressible(extension: string): boolean {
	return /^(text\/|application\/(json|manifest|wasm|xml)|image\/svg)/.test(mimeType(extension));
}

/**
 * The page's own policy is a meta tag with the hash of its start script (svelte.config.js); it cannot say
 * frame-ancestors, so the header adds that. A worker takes the policy of its own response, so scripts carry a
 * whole one: WebAssembly, and connections to brokers, whose addresses the person chooses.
 */
export function securityHeaders(extension: string): OutgoingHttpHeaders {
	const script = extension === '.js' || extension === '.mjs';
	return {
		'Content-Security-Policy': script ? scriptPolicy : "frame-ancestors 'none'",
		'Cross-Origin-Embedder-Policy': 'require-corp',
		'Cross-Origin-Opener-Policy': 'same-origin',
		'Cross-Origin-Resource-Policy': 'same-origin',
		// The camera scans recovery sheets and invitations.
		'Permissions-Policy': 'camera=(self), geolocation=(), microphone=(), payment=(), usb=()',
		'Referrer-Policy': 'no-referrer',
		'X-Content-Type-Options': 'nosniff'
	};
}

const scriptPolicy = [
	"default-src 'none'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"worker-src 'self'",
	"connect-src 'self' ws: wss:",
	"frame-ancestors 'none'"
].join('; ');
