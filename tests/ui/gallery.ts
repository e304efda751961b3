import { flushSync, mount } from 'svelte';
import Insecure from '../../src/lib/ui/frame/Insecure.svelte';
import { FakePeer } from './fake-peer.ts';
import Stage from './Stage.svelte';
import { states, type StateName } from './states.ts';

/** Shows one page in one state, as scripts/pictures.ts asks in the address: ?state=safe&page=/folders */
const asked = new URLSearchParams(location.search);
const name = (asked.get('state') ?? 'safe') as StateName;

if (asked.get('page') === 'insecure') {
	await import('../../src/lib/ui/tokens.css');
	await import('../../src/lib/ui/base.css');
	mount(Insecure, { target: document.body, props: { origin: 'http://192.168.1.20:8480' } });
} else {
	const client = new FakePeer(states[name], {}, name === 'follower' ? 'follower' : 'leader');
	mount(Stage, { target: document.body, props: { client, address: asked.get('page') ?? '/' } });
}
flushSync();
document.documentElement.dataset['ready'] = '';
