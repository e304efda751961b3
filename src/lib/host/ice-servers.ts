/** STUN and TURN servers: the person's own, and those that brokers offer. */
import type { WebSocketBrokers } from '../adapters/broker/brokers.ts';
import type { IceServerRecord, SettingsRecord } from '../engine/records.ts';
import { iceScheme, isTurn } from '../engine/wire/ice-url.ts';
import { refuse, type IceServerChoice, type IceServerView } from './api.ts';
import { problems } from './problems.ts';

/** More are of no use: a browser asks each of them for every link. */
const ownServersMax = 8;

type Settings = Pick<SettingsRecord, 'iceServers'>;
type Brokers = Pick<WebSocketBrokers, 'turnOffers'>;

/** What a connection is made with. */
export function iceServersFor(settings: Settings, brokers: Brokers): RTCIceServer[] {
	const own = (settings.iceServers ?? []).map(({ url, ...rest }) => ({ urls: url, ...rest }));
	const offered = brokers
		.turnOffers()
		.map(({ urls, username, credential }) => ({ urls: [...urls], username, credential }));
	return [...own, ...offered];
}

/** What pages show of them: never a password. */
export function iceServerViews(settings: Settings, brokers: Brokers): IceServerView[] {
	const own = (settings.iceServers ?? []).map(({ url, username }): IceServerView => ({
		url,
		from: 'own',
		...(username === undefined ? {} : { username })
	}));
	const offered = brokers
		.turnOffers()
		.flatMap(({ urls }) => urls.map((url): IceServerView => ({ url, from: 'broker' })));
	return [...own, ...offered];
}

/** The person's servers with one more. Refuses what browsers do not take. */
export function withIceServer(
	{ iceServers = [] }: Settings,
	choice: IceServerChoice
): readonly IceServerRecord[] {
	const url = choice.url.trim().toLowerCase();
	const username = choice.username.trim();
	const { credential } = choice;
	if (iceScheme(url) === undefined) refuse(problems.noIceServer);
	if (isTurn(url) && (username === '' || credential === '')) refuse(problems.turnWithoutUser);
	const others = iceServers.filter((server) => server.url !== url);
	if (others.length >= ownServersMax) refuse(problems.manyIceServers);
	return [...others, isTurn(url) ? { url, username, credential } : { url }];
}
