import { describe, expect, it } from 'vitest';
import {
	count,
	duration,
	list,
	percent,
	rate,
	relative,
	size,
	timeLeft,
	took
} from '../../../src/lib/ui/format.ts';

describe('size', () => {
	it.each([
		[0, '0 bytes'],
		[1, '1 byte'],
		[812, '812 bytes'],
		[1000, '1 kB'],
		[1234, '1.2 kB'],
		[9950, '10 kB'],
		[122e6, '122 MB'],
		[999.4e6, '999 MB'],
		[999.6e6, '1 GB'],
		[24.6e9, '25 GB'],
		[2.5e12, '2.5 TB'],
		[4e18, '4,000 PB']
	])('says %d bytes as %s', (bytes, said) => {
		expect(size(bytes)).toBe(said);
	});
});

describe('times', () => {
	it.each([
		[0, 'less than a minute'],
		[49, 'less than a minute'],
		[60, '1 minute'],
		[50 * 60, '50 minutes'],
		[56 * 60, '1 hour'],
		[90 * 60, '1½ hours'],
		[2 * 3600, '2 hours'],
		[28 * 3600, '28 hours'],
		[72 * 3600, '3 days'],
		[90 * 86_400, '3 months']
	])('says %d seconds as %s', (seconds, said) => {
		expect(duration(seconds)).toBe(said);
	});

	it('says how long is left, and that it is not known', () => {
		expect(timeLeft(7000)).toBe('about 2 hours left');
		expect(timeLeft(20)).toBe('less than a minute left');
		expect(timeLeft(undefined)).toBe('working out how long it takes');
	});

	it.each([
		[300, 'less than a second'],
		[8000, '8 seconds'],
		[250_000, '4 minutes 10 seconds'],
		[1_260_000, '21 minutes'],
		[7_500_000, '2 hours 5 minutes']
	])('says that %d milliseconds took %s', (milliseconds, said) => {
		expect(took(milliseconds)).toBe(said);
	});

	it('says moments relative to now, past and future', () => {
		const now = Date.UTC(2026, 10, 22, 12);
		expect(relative(now - 10_000, now)).toBe('just now');
		expect(relative(now - 12 * 60_000, now)).toBe('12 minutes ago');
		expect(relative(now - 26 * 3_600_000, now)).toBe('yesterday');
		expect(relative(now + 3 * 86_400_000, now)).toBe('in 3 days');
		expect(relative(now - 400 * 86_400_000, now)).toBe('last year');
	});
});

describe('shares and counts', () => {
	it('says 100 per cent only of what is complete', () => {
		expect(percent(0.9999)).toBe(99);
		expect(percent(1)).toBe(100);
		expect(percent(-0.1)).toBe(0);
	});

	it('counts with the right noun', () => {
		expect(count(1, 'file')).toBe('1 file');
		expect(count(1204, 'file')).toBe('1,204 files');
		expect(count(2, 'more', 'more')).toBe('2 more');
	});

	it('lists names as a sentence does', () => {
		expect(list([])).toBe('');
		expect(list(['a'])).toBe('a');
		expect(list(['a', 'b', 'c'])).toBe('a, b and c');
	});

	it('says speeds', () => {
		expect(rate(0)).toBe('0 bytes/s');
		expect(rate(3.4e6)).toBe('3.4 MB/s');
	});
});
