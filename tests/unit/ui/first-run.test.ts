import { describe, expect, it } from 'vitest';
import { redirection, shown } from '../../../src/lib/ui/frame/destination.ts';
import { estimate } from '../../../src/lib/ui/start/estimate.ts';

describe('the estimate before the first backup', () => {
	it.each([
		[1, 1, 0],
		[2, 2, 1],
		[3, 3, 2],
		[8, 2, 4],
		[9, 2.25, 5],
		[20, 2, 10]
	])('asks %i partners for %f times the space, and lets %i of them vanish', (n, times, lost) => {
		expect(estimate(50e9, n, 10e6)).toMatchObject({
			lendBytes: 50e9 * times,
			storedPerByte: times,
			survivable: lost
		});
	});

	it('counts what really goes over the line', () => {
		// 100 GB at 10 Mbit/s, of which 0.8 are usable: 1 MB/s.
		expect(estimate(50e9, 8, 10e6).firstBackupSeconds).toBeCloseTo(100_000, 0);
	});

	it('does not promise more than a browser can seal and send', () => {
		expect(estimate(50e9, 8, 100e9).firstBackupSeconds).toBe(2500);
	});
});

describe('where a person may be', () => {
	it('leads a browser without an identity to the welcome page, and lets it get files back', () => {
		expect(redirection('new', '/')).toBe('/welcome');
		expect(redirection('new', '/partners')).toBe('/welcome');
		expect(redirection('new', '/start')).toBeUndefined();
		expect(redirection('new', '/get-back')).toBeUndefined();
	});

	it('keeps a restoring browser with its restore', () => {
		expect(redirection('restoring', '/')).toBe('/get-back');
		expect(redirection('restoring', '/details')).toBeUndefined();
	});

	it('shows what matters instead of a page, but always the details', () => {
		expect(shown('fenced', '/')).toBe('fenced');
		expect(shown('broken', '/folders')).toBe('broken');
		expect(shown('broken', '/details')).toBe('page');
		expect(shown('ready', '/')).toBe('page');
	});
});
