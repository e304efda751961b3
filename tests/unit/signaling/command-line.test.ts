import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { parseCommandLine, UsageError } from '../../../signaling/options.ts';
import { Cleanup, serverInTest } from './server-in-test.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const main = fileURLToPath(new URL('../../../signaling/main.ts', import.meta.url));

function started(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
	const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
		stdio: ['ignore', 'pipe', 'pipe']
	});
	cleanup.add(() => void child.kill('SIGKILL'));
	return child;
}

async function textOf(stream: Readable): Promise<string> {
	let text = '';
	for await (const part of stream) text += String(part);
	return text;
}

describe('the command line', () => {
	it('listens on this machine only unless it is told otherwise', () => {
		expect(parseCommandLine([])).toEqual({
			port: 8480,
			host: '127.0.0.1',
			names: [],
			origins: [],
			trustProxy: false,
			brokerOnly: false
		});
	});

	it('takes every option', () => {
		const line = parseCommandLine(
			'--port 0 --host 0.0.0.0 --cert c --key k --name a.example --name b.example:1 --origin https://c.example/ --origin * --trust-proxy --broker-only'.split(
				' '
			)
		);
		expect(line).toEqual({
			port: 0,
			host: '0.0.0.0',
			cert: 'c',
			key: 'k',
			names: ['a.example', 'b.example:1'],
			origins: ['https://c.example', '*'],
			trustProxy: true,
			brokerOnly: true
		});
		expect(parseCommandLine(['--help'])).toBe('help');
	});

	it('takes a TURN server, and its secret from the environment too', () => {
		const turn = { urls: ['turn:a.example', 'turns:a.example:5349'], secret: 's' };
		const urls = turn.urls.flatMap((url) => ['--turn', url]);
		expect(parseCommandLine([...urls, '--turn-secret', 's'])).toMatchObject({ turn });
		expect(parseCommandLine(urls, { HOLDFAST_TURN_SECRET: 's' })).toMatchObject({ turn });
		expect(() => parseCommandLine(urls)).toThrow(UsageError);
		const five = Array.from({ length: 5 }, () => ['--turn', 'turn:a.example']).flat();
		expect(() => parseCommandLine(five, { HOLDFAST_TURN_SECRET: 's' })).toThrow(UsageError);
	});

	it.each([
		['--turn', 'https://a.example', '--turn-secret', 's'],
		['--turn', 'stun:a.example', '--turn-secret', 's'],
		['--port', 'x'],
		['--port', '65536'],
		['--port', '-1'],
		['--cert', 'c'],
		['--key', 'k'],
		['--name', 'https://a.example'],
		['--origin', 'a.example'],
		['--unknown', '1'],
		['stray', 'words']
	])('says what is wrong with %s %s', (...args) => {
		expect(() => parseCommandLine(args)).toThrow(UsageError);
	});
});

describe('the command', () => {
	it('prints one line with the URL, and stops cleanly when it is told to', async () => {
		const child = started('--broker-only', '--port', '0');
		const [line] = (await once(child.stdout, 'data')) as [Buffer];
		expect(line.toString()).toMatch(/^Holdfast is at http:\/\/localhost:\d+\n$/);
		child.kill('SIGTERM');
		expect(await once(child, 'exit')).toEqual([0, null]);
	});

	it('says that a port is taken, and what to do', async () => {
		const { port } = await serverInTest(cleanup);
		const child = started('--broker-only', '--port', String(port));
		const exited = once(child, 'exit');
		expect(await textOf(child.stderr)).toBe(
			'This port is taken. Choose another: npm start -- --port 8481\n'
		);
		expect(await exited).toEqual([1, null]);
	});
});
