/** Why a broker is not connected: each cause with the words that the person sees. */
import type { RefusalReason } from '../../engine/wire/broker-messages.ts';

const texts = {
	'bad-address': 'This is not the address of a broker. It looks like wss://example.org/broker.',
	forbidden:
		'The browser does not allow this connection: a page loaded over https can only use a broker with TLS (wss://).',
	unreachable:
		'The broker cannot be reached. It may be switched off, its address may have changed, or it does not accept this page.',
	silent: 'The broker stopped answering.',
	lost: 'The connection to the broker broke.',
	stopped: 'The broker was switched off.',
	nonsense: 'What answers at this address does not speak the language of a Holdfast broker.',
	'newer-broker': 'This broker needs a newer version of Holdfast. Reload the app to update it.',
	'proof-refused':
		'The broker did not accept the proof of who you are. It may be reached under a name that it does not know.',
	'too-fast': 'The broker was asked too much at once, and asks for a pause.',
	full: 'The broker has too many visitors at the moment.',
	replaced: 'Holdfast runs under this identity in too many places at once.'
} as const;

export type Problem = keyof typeof texts;

export function problemText(problem: Problem): string {
	return texts[problem];
}

/**
 * What a close code means (RFC 6455 section 7.4; 4001 and 4002 are the broker's own). 1008 follows a refusal,
 * which says more; a refusal before any other code concerned only one message.
 */
export function problemOfClose(code: number, lastRefusal: RefusalReason | undefined): Problem {
	if (code === 1008 && lastRefusal !== undefined) return problemOfRefusal(lastRefusal);
	if (code === 1001 || code === 1012) return 'stopped';
	if (code === 1013) return 'full';
	if (code === 4001) return 'replaced';
	if (code === 4002) return 'silent';
	return 'lost';
}

function problemOfRefusal(reason: RefusalReason): Problem {
	switch (reason) {
		case 'bad-version':
			return 'newer-broker';
		case 'bad-proof':
			return 'proof-refused';
		case 'too-fast':
			return 'too-fast';
		case 'malformed':
		case 'not-proven':
		case 'not-a-member':
		case 'unknown-connection':
			return 'nonsense';
	}
}
