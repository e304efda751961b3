/** A peer in its worker, as in the app: the worker side of links and sessions, and nothing behind them. */
import { SystemClock } from '../../src/lib/adapters/platform/clock.ts';
import { SystemRandom } from '../../src/lib/adapters/platform/random.ts';
import { WebRtcLinks } from '../../src/lib/adapters/webrtc/webrtc-links.ts';
import { type InstanceId, nameOf, type StripeId } from '../../src/lib/engine/identifiers.ts';
import { peerOf } from '../../src/lib/engine/keys/signature.ts';
import type { Address, Link } from '../../src/lib/engine/ports.ts';
import type { Reply, Request } from '../../src/lib/engine/wire/messages.ts';
import { openSession, type Session } from '../../src/lib/engine/wire/session.ts';
import { RelayBroker, RelayExchange } from '../../tests/browser/links/relay-exchange.ts';
import type { FromPeerWorker, ToPeerWorker } from './conversation.ts';

const clock = new SystemClock();
const random = new SystemRandom();
const identitySecret = random.bytes(32);
const keys = { peer: peerOf(identitySecret), identitySecret };
const instance = nameOf<InstanceId>(random.bytes(16));
const stripe = nameOf<StripeId>(random.bytes(16));
const exchange = new RelayExchange();

let links: WebRtcLinks | undefined;
let broker: RelayBroker | undefined;
let session: Session | undefined;
let stored = random.bytes(64);

onmessage = ({ data }: MessageEvent<ToPeerWorker>) => {
	if (data.type === 'relayed') broker?.hear(data.from as Address, data.payload);
	else void run(data);
};

async function run(message: Exclude<ToPeerWorker, { type: 'relayed' }>): Promise<void> {
	try {
		tell({ type: 'done', seconds: await obey(message) });
	} catch (error) {
		tell({ type: 'failed', reason: String(error) });
	}
}

async function obey(message: Exclude<ToPeerWorker, { type: 'relayed' }>): Promise<number> {
	const before = performance.now();
	if (message.type === 'start') start(message.port, message.name);
	else if (message.type === 'dial') await dial(message.to as Address);
	else await carry(message);
	return (performance.now() - before) / 1000;
}

function start(port: MessagePort, name: string): void {
	broker = new RelayBroker(exchange, name as Address);
	exchange.tamper = ({ to, payload }) => {
		tell({ type: 'relay', to, payload });
		return [];
	};
	links = new WebRtcLinks({ port, broker, clock, random });
	links.onLink((link) => void open(link, 'answerer'));
}

async function dial(to: Address): Promise<void> {
	if (links === undefined) throw new Error('not started');
	session = await open(await links.dial(to), 'dialer');
}

function open(link: Link, role: 'dialer' | 'answerer'): Promise<Session> {
	return openSession(link, { keys, instance, role, clock, random, serve });
}

/** Holds one block, and gives it back whatever is asked for. */
function serve(request: Request): Promise<Reply> {
	if (request.type === 'get-block') return Promise.resolve({ type: 'block', record: stored });
	if (request.type === 'put-block') stored = new Uint8Array(request.record);
	return Promise.resolve({ type: 'acknowledged' });
}

async function carry(order: ToPeerWorker & { type: 'measure' }): Promise<void> {
	const partner = session;
	if (partner === undefined) throw new Error('not dialled');
	const record = new Uint8Array(order.blockBytes).fill(7);
	const requests = Array.from({ length: order.blocks }, (_, number): Request =>
		order.direction === 'get'
			? { type: 'get-block', number, purpose: 'restore' }
			: { type: 'put-block', number, stripe, position: 0, record }
	);
	const replies = await Promise.all(requests.map((request) => partner.request(request)));
	const wanted = order.direction === 'get' ? 'block' : 'acknowledged';
	if (!replies.every(({ type }) => type === wanted)) throw new Error('a block was declined');
}

function tell(message: FromPeerWorker): void {
	postMessage(message);
}
