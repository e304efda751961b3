import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { startServer } from '../../../signaling/server.ts';
import type { ClientMessage } from '../../../src/lib/engine/wire/broker-messages.ts';
import { keyOf, peer, proof } from './relay.ts';
import { ask, Cleanup, serverInTest, upgradeStatus, Visitor } from './server-in-test.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe('the door', () => {
	it('is at /broker only', async () => {
		const server = await serverInTest(cleanup);
		expect(await upgradeStatus(cleanup, server.brokerUrl)).toBe(101);
		expect(await upgradeStatus(cleanup, `${server.brokerUrl}s`)).toBe(404);
	});

	it('is open for pages of the same host, and for programs that name no origin', async () => {
		const server = await serverInTest(cleanup);
		const from = (origin: string): Promise<number | undefined> =>
			upgradeStatus(cleanup, server.brokerUrl, { origin });
		expect(await from(server.url)).toBe(101);
		expect(await from('https://evil.example')).toBe(403);
		expect(await from('null')).toBe(403);
		expect(await from(`http://localhost:${String(server.port + 1)}`)).toBe(403);
	});

	it('opens for the origins that --origin adds', async () => {
		const server = await serverInTest(cleanup, { origins: ['https://app.example'] });
		const from = (origin: string): Promise<number | undefined> =>
			upgradeStatus(cleanup, server.brokerUrl, { origin });
		expect(await from('https://app.example')).toBe(101);
		expect(await from('https://other.example')).toBe(403);
		const open = await serverInTest(cleanup, { origins: ['*'] });
		expect(await upgradeStatus(cleanup, open.brokerUrl, { origin: 'https://x.example' })).toBe(101);
	});

	it('is closed for those who call the broker by a name that is not its own', async () => {
		const server = await serverInTest(cleanup, { names: ['backup.example.org'] });
		const to = (host: string): Promise<number | undefined> =>
			upgradeStatus(cleanup, server.brokerUrl, { headers: { host } });
		expect(await to('evil.example')).toBe(403);
		expect(await to(`evil.example:${String(server.port)}`)).toBe(403);
		expect(await to('backup.example.org')).toBe(101);
		expect(await to('BACKUP.example.org:80')).toBe(101);
	});

	it('binds a proof to the name that was called', async () => {
		const server = await serverInTest(cleanup, { names: ['backup.example.org'] });
		const headers = { host: 'backup.example.org' };
		const right = new Visitor(cleanup, server.brokerUrl, { headers });
		right.say(proof(1, (await right.next('challenge')).nonce, 'backup.example.org'));
		await right.next('welcome');
		const wrong = await Visitor.proven(cleanup, server, 1, { headers });
		expect((await wrong.next('refused')).reason).toBe('bad-proof');
		expect(await wrong.closed).toBe(1008);
	});
});

describe('frames', () => {
	it('that are too large end the connection before they are read', async () => {
		const server = await serverInTest(cleanup);
		const visitor = await Visitor.proven(cleanup, server, 1);
		await visitor.next('welcome');
		visitor.socket.send(new Uint8Array(32 * 1024 + 1));
		expect(await visitor.closed).toBe(1009);
	});

	it('of text end the connection', async () => {
		const server = await serverInTest(cleanup);
		const visitor = new Visitor(cleanup, server.brokerUrl);
		await visitor.next('challenge');
		visitor.socket.send('hello');
		expect(await visitor.closed).toBe(1003);
	});

	it('of garbage end the connection, and nobody else notices', async () => {
		const server = await serverInTest(cleanup);
		const visitor = await Visitor.proven(cleanup, server, 1);
		await visitor.next('welcome');
		const other = await Visitor.proven(cleanup, server, 2);
		await other.next('welcome');
		visitor.socket.send(Uint8Array.of(0xff, 0xff));
		expect((await visitor.next('refused')).reason).toBe('malformed');
		expect(await visitor.closed).toBe(1008);
		other.say({ type: 'find', request: 1, peer: peer(1) });
		expect((await other.next('found')).candidates).toEqual([]);
	});

	it('in a flood are refused, then end the connection', async () => {
		const limits = { sentPerConnection: { capacity: 20, perSecond: 1 } };
		const server = await serverInTest(cleanup, { limits });
		const visitor = await Visitor.proven(cleanup, server, 1);
		await visitor.next('welcome');
		const find: ClientMessage = { type: 'find', request: 1, peer: peer(2) };
		for (let i = 0; i < 200; i++) visitor.say(find);
		expect(await visitor.closed).toBe(1008);
	});
});

describe('those who do not listen', () => {
	it('are cut off when they answer no ping', async () => {
		const server = await serverInTest(cleanup, { limits: { pingEveryMs: 20 } });
		const deaf = await Visitor.proven(cleanup, server, 1, { autoPong: false });
		const listening = await Visitor.proven(cleanup, server, 2);
		expect(await deaf.closed).toBe(1006);
		await listening.next('welcome');
		listening.say({ type: 'find', request: 1, peer: peer(1) });
		expect((await listening.next('found')).candidates).toEqual([]);
	});

	it('are cut off when they let the broker hold more bytes than it likes', async () => {
		const plenty = { capacity: 1e9, perSecond: 1 };
		const limits = {
			bufferedBytesMax: 64 * 1024,
			sentPerConnection: plenty,
			sentPerPrefix: plenty,
			relayedToConnection: plenty
		};
		const server = await serverInTest(cleanup, { limits });
		const slow = await Visitor.proven(cleanup, server, 1);
		await slow.next('welcome');
		slow.socket.pause();
		const sender = await Visitor.proven(cleanup, server, 2);
		await sender.next('welcome');
		const find: ClientMessage = { type: 'find', request: 1, peer: peer(1) };
		sender.say(find);
		const to = (await sender.next('found')).candidates[0]?.connection;
		if (to === undefined) throw new Error('not found');
		const payload = new Uint8Array(16 * 1024);
		// The kernel takes some megabytes before the broker has to hold anything.
		for (let connected = true; connected;) {
			for (let i = 0; i < 100; i++) sender.say({ type: 'relay', to, payload });
			connected = await new Promise((resolve) => {
				sender.socket.once('message', () => {
					resolve(server.counts().peers > 1);
				});
				sender.say(find);
			});
		}
		expect(server.counts().peers).toBe(1);
	});
});

describe('behind a proxy', () => {
	it('the network is that of the address that the proxy wrote last', async () => {
		const server = await serverInTest(cleanup, { trustProxy: true });
		const headers = { 'x-forwarded-for': '192.0.2.1, 198.51.100.7' };
		const visitor = await Visitor.proven(cleanup, server, 1, { headers });
		expect([...(await visitor.next('welcome')).prefix]).toEqual([198, 51, 100]);
	});

	it('is not believed in where there is none', async () => {
		const server = await serverInTest(cleanup);
		const headers = { 'x-forwarded-for': '198.51.100.7' };
		const visitor = await Visitor.proven(cleanup, server, 1, { headers });
		expect([...(await visitor.next('welcome')).prefix]).toEqual([127, 0, 0]);
	});
});

describe('a server', () => {
	it('tells how much goes on, and nothing about anybody', async () => {
		const server = await serverInTest(cleanup);
		await (await Visitor.proven(cleanup, server, 1)).next('welcome');
		const { headers, body } = await ask(server, '/broker/health');
		expect(headers['content-type']).toBe('application/json');
		expect(JSON.parse(body.toString())).toEqual({
			connections: 1,
			peers: 1,
			circles: 0,
			tokens: 0
		});
	});

	it('says goodbye when it stops, and leaves the port free', async () => {
		const server = await startServer({ port: 0 });
		const visitor = await Visitor.proven(cleanup, server, 1);
		await visitor.next('welcome');
		await server.close();
		expect(await visitor.closed).toBe(1001);
		const again = await serverInTest(cleanup, { port: server.port });
		expect(again.port).toBe(server.port);
	});

	it('does not start on a port that is taken', async () => {
		const { port } = await serverInTest(cleanup);
		await expect(startServer({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
	});

	it('does not start without the app that it is to serve', async () => {
		const starting = startServer({ port: 0, appFolder: '/nonexistent' });
		await expect(starting).rejects.toMatchObject({ name: 'AppMissing' });
	});

	it('serves TLS with a certificate and its key', async () => {
		const [cert, key] = await Promise.all(
			['cert', 'key'].map((part) => readFile(new URL(`tls/localhost-${part}.pem`, import.meta.url)))
		);
		if (cert === undefined || key === undefined) throw new Error('no certificate');
		const server = await serverInTest(cleanup, { tls: { cert, key } });
		expect(server.brokerUrl).toMatch(/^wss:\/\/localhost:\d+\/broker$/);
		const visitor = await Visitor.proven(cleanup, server, 1, { ca: cert });
		await visitor.next('welcome');
		const asked = request(`${server.url}/broker/health`, { ca: cert }).end();
		const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
		response.resume();
		expect(response.statusCode).toBe(200);
	});

	it('does not start with a key that is none', async () => {
		const tls = { cert: 'no PEM', key: Buffer.from(keyOf(1)) };
		await expect(startServer({ port: 0, tls })).rejects.toThrow();
	});
});
