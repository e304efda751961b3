import { mount, unmount } from 'svelte';
import { afterEach } from 'vitest';
import type { Commands } from '../../../src/lib/host/api.ts';
import { FakePeer } from '../../ui/fake-peer.ts';
import Stage from '../../ui/Stage.svelte';
import { states, type StateName } from '../../ui/states.ts';

const shown: (() => Promise<void>)[] = [];

afterEach(async () => {
	for (const hide of shown.splice(0)) await hide();
	sessionStorage.clear();
});

interface Options {
	readonly answers?: Partial<Commands>;
	readonly role?: 'leader' | 'follower';
}

/** A page in its frame with a fake peer behind it, and the paths that it went to. */
export function show(
	address: string,
	state: StateName,
	{ answers = {}, role = 'leader' }: Options = {}
): { readonly peer: FakePeer; readonly ways: readonly string[] } {
	const peer = new FakePeer(states[state], answers, role);
	const ways: string[] = [];
	const stage = mount(Stage, {
		target: document.body,
		props: { client: peer, address, onway: (path: string) => ways.push(path) }
	});
	shown.push(() => unmount(stage));
	return { peer, ways };
}
