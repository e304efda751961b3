import { describe, expect, it } from 'vitest';
import { audienceOf, mayConnect, reachableNames, type Naming } from '../../../signaling/names.ts';
import { isLoopback, networkPrefix } from '../../../signaling/prefix.ts';

const naming: Naming = { tls: false, port: 8480, host: '192.0.2.7', names: [], origins: [] };
const near = '127.0.0.1';
const far = '198.51.100.1';

describe('the name that a client called', () => {
	it('is the audience when it is one of ours', () => {
		expect(audienceOf(naming, '192.0.2.7:8480', far)).toBe('192.0.2.7:8480');
		expect(audienceOf({ ...naming, host: '2001:db8::7' }, '[2001:DB8::7]:8480', far)).toBe(
			'[2001:db8::7]:8480'
		);
	});

	it.each([
		undefined,
		'',
		'192.0.2.7',
		'192.0.2.7:80',
		'evil.example:8480',
		'192.0.2.8:8480',
		'a/b',
		'a@192.0.2.7:8480'
	])('is not ours: %s', (host) => {
		expect(audienceOf(naming, host, far)).toBeUndefined();
	});

	it('may be localhost only from this machine: every machine has that name', () => {
		for (const host of ['localhost:8480', '127.0.0.1:8480', '[::1]:8480']) {
			expect(audienceOf(naming, host, near)).toBe(host);
			expect(audienceOf(naming, host, '::ffff:127.0.0.1')).toBe(host);
			expect(audienceOf(naming, host, far)).toBeUndefined();
		}
		expect(audienceOf({ ...naming, names: ['localhost:8480'] }, 'localhost:8480', far)).toBe(
			'localhost:8480'
		);
	});

	it("leaves out the scheme's own port, as URL parsers do", () => {
		const tls = { ...naming, tls: true, port: 443, names: ['backup.example.org'] };
		expect(audienceOf(tls, 'backup.example.org', far)).toBe('backup.example.org');
		expect(audienceOf(tls, 'Backup.example.org:443', far)).toBe('backup.example.org');
		expect(audienceOf(tls, '192.0.2.7', far)).toBe('192.0.2.7');
	});
});

describe('pages that may connect', () => {
	it.each([
		[undefined, true],
		['http://192.0.2.7:8480', true],
		['http://192.0.2.7:9000', false],
		['https://app.example', true],
		['https://app.example:444', false],
		['http://app.example', false],
		['null', false]
	])('from the origin %s: %s', (origin, allowed) => {
		const more = { ...naming, origins: ['https://app.example/'] };
		expect(mayConnect(more, origin, '192.0.2.7:8480')).toBe(allowed);
	});
});

describe('names under which others reach a server', () => {
	it('are its one address, or those of every network and the machine itself', () => {
		expect(reachableNames('2001:db8::7')).toEqual(['[2001:db8::7]']);
		expect(reachableNames('nas.example')).toEqual(['nas.example']);
		expect(reachableNames('0.0.0.0').some((name) => /^[a-z0-9.-]+$/.test(name))).toBe(true);
		expect(reachableNames('0.0.0.0')).not.toContain('127.0.0.1');
	});
});

describe('the network of an address', () => {
	it.each([
		['203.0.113.77', [203, 0, 113]],
		['::ffff:203.0.113.77', [203, 0, 113]],
		['2001:db8:1:2:3:4:5:6', [0x20, 0x01, 0x0d, 0xb8, 0, 1]],
		['2001:db8::1', [0x20, 0x01, 0x0d, 0xb8, 0, 0]],
		['fe80::1%eth0', [0xfe, 0x80, 0, 0, 0, 0]],
		['64:ff9b::192.0.2.1', [0, 0x64, 0xff, 0x9b, 0, 0]],
		['::1', [0, 0, 0, 0, 0, 0]],
		['', []],
		['unknown', []],
		['203.0.113', []]
	])('%s is %j', (address, prefix) => {
		expect([...networkPrefix(address)]).toEqual(prefix);
	});

	it('is this machine itself', () => {
		for (const own of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
			expect(isLoopback(own)).toBe(true);
		}
		for (const other of ['128.0.0.1', '::2', '', '2001:db8::127.0.0.1']) {
			expect(isLoopback(other)).toBe(false);
		}
	});
});
