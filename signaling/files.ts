/**
 * Serves the built app: a folder of static files with one page for every path (adapter-static). Everything is
 * streamed, nothing but GET and HEAD is answered, and no path leads out of the folder.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { isCompressible, mimeType, securityHeaders } from './headers.ts';

interface Found {
	readonly path: string;
	readonly size: number;
	readonly modifiedMs: number;
}

const fallback = 'index.html';

/** A request handler for the files below `root`. */
export function serveFiles(
	root: string
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
	const folder = resolve(root);
	return async (request, response) => {
		if (request.method !== 'GET' && request.method !== 'HEAD') {
			answer(response, 405, 'Only GET and HEAD are served.', { Allow: 'GET, HEAD' });
			return;
		}
		const parts = pathParts(request.url ?? '/');
		const found = parts === undefined ? undefined : await lookUp(folder, parts);
		if (parts === undefined) answer(response, 400, 'This path cannot be read.');
		else if (found === undefined) answer(response, 404, 'There is no such file.');
		else send(request, response, found);
	};
}

/** Answers with a line of plain text. */
export function answer(
	response: ServerResponse,
	status: number,
	text: string,
	headers: OutgoingHttpHeaders = {}
): void {
	response.writeHead(status, {
		...securityHeaders('.txt'),
		'Content-Type': 'text/plain; charset=utf-8',
		'Cache-Control': 'no-store',
		...headers
	});
	response.end(`${text}\n`);
}

/** The decoded parts of a request's path; undefined for one that no file of ours can have. */
function pathParts(url: string): readonly string[] | undefined {
	let path: string;
	try {
		path = decodeURIComponent(url.split(/[?#]/, 1)[0] ?? '');
	} catch {
		return undefined;
	}
	const parts = path.split('/').filter((part) => part !== '');
	// Dot files and '..' alike: the app has none.
	const strange = parts.some((part) => part.startsWith('.') || /[\\\0]/.test(part));
	return strange || !path.startsWith('/') ? undefined : parts;
}

/** The file of a path, a prerendered page, or the one page of the app; undefined for a file that is missing. */
async function lookUp(folder: string, parts: readonly string[]): Promise<Found | undefined> {
	const path = join(folder, ...parts);
	const page = extname(path) === '' && parts[0] !== '_app';
	const names = page ? [`${path}.html`, join(folder, fallback)] : [];
	for (const candidate of [path, ...names]) {
		const found = candidate.startsWith(folder + sep) ? await fileAt(candidate) : undefined;
		if (found !== undefined) return found;
	}
	return undefined;
}

async function fileAt(path: string): Promise<Found | undefined> {
	try {
		const { size, mtimeMs, isFile } = await stat(path).then((entry) => ({
			size: entry.size,
			mtimeMs: entry.mtimeMs,
			isFile: entry.isFile()
		}));
		return isFile ? { path, size, modifiedMs: mtimeMs } : undefined;
	} catch {
		return undefined;
	}
}

function send(request: IncomingMessage, response: ServerResponse, file: Found): void {
	const extension = extname(file.path);
	const gzip = isCompressible(extension) && acceptsGzip(request);
	const tag = `W/"${file.size.toString(36)}-${Math.floor(file.modifiedMs).toString(36)}"`;
	const headers: OutgoingHttpHeaders = {
		...securityHeaders(extension),
		'Content-Type': mimeType(extension),
		'Cache-Control': cacheControl(file.path),
		ETag: tag,
		Vary: 'Accept-Encoding',
		...(gzip ? { 'Content-Encoding': 'gzip' } : { 'Content-Length': file.size })
	};
	if (request.headers['if-none-match'] === tag) {
		response.writeHead(304, { ETag: tag, 'Cache-Control': headers['Cache-Control'] }).end();
		return;
	}
	response.writeHead(200, headers);
	if (request.method === 'HEAD') response.end();
	else if (gzip) pipeline(createReadStream(file.path), createGzip(), response, nothingMore);
	else pipeline(createReadStream(file.path), response, nothingMore);
}

/** Names below /_app/immutable change with their content. Everything else is asked for again each time. */
function cacheControl(path: string): string {
	return path.includes(join(sep, '_app', 'immutable', sep))
		? 'public, max-age=31536000, immutable'
		: 'no-cache';
}

function acceptsGzip(request: IncomingMessage): boolean {
	return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(request.headers['accept-encoding'] ?? '');
}

/** A visitor that goes away in the middle is no event. */
function nothingMore(): void {
	return undefined;
}
