import type { PeerState } from '$lib/host/api.ts';

const openWhenNew = ['/welcome', '/start', '/get-back', '/details'];
const openWhenRestoring = ['/get-back', '/details', '/settings', '/sheet'];

/** Where a person must go instead of `path`, if anywhere: a browser without an identity has only two ways on. */
export function redirection(phase: PeerState['phase'], path: string): string | undefined {
	if (phase === 'new') return openWhenNew.includes(path) ? undefined : '/welcome';
	if (phase === 'restoring') return openWhenRestoring.includes(path) ? undefined : '/get-back';
	if (phase === 'ready' && path === '/welcome') return '/';
	return undefined;
}

/** What the frame shows: the page that was asked for, or the one thing that matters instead of it. */
export function shown(
	phase: PeerState['phase'],
	path: string
): 'page' | 'starting' | 'fenced' | 'broken' {
	if (path === '/details') return 'page';
	if (phase === 'starting' || phase === 'fenced' || phase === 'broken') return phase;
	return redirection(phase, path) === undefined ? 'page' : 'starting';
}
