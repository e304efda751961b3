import { describe, expect, it } from 'vitest';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import {
	circleIdOf,
	type Invitation,
	invitationFragment,
	isBrokerAddress,
	newCircle,
	readInvitation
} from '../../../src/lib/engine/partners/invitation.ts';
import { SeededRandom } from '../../doubles/random.ts';
import vectors from '../../vectors/keys/invitation.json' with { type: 'json' };

const random = new SeededRandom('invitation');
const invitation: Invitation = {
	circle: newCircle('Familie Müller 家族', random),
	brokers: ['wss://broker.example/holdfast', 'ws://192.168.1.2:8480'],
	inviter: nameOf<PeerId>(random.bytes(32))
};
const fragment = invitationFragment(invitation);

describe('a new circle', () => {
	it('has a secret of 32 bytes, and the id that follows from it', () => {
		const circle = newCircle('Office', random);
		expect(circle.secret).toHaveLength(32);
		expect(circle.id).toBe(circleIdOf(circle.secret));
		expect(newCircle('Office', random).id).not.toBe(circle.id);
	});

	it('has a name that fits an invitation, cut between characters', () => {
		const circle = newCircle(` ${'🐦'.repeat(100)} `, random);
		expect(circle.name).toBe('🐦'.repeat(64));
	});
});

describe('an invitation link', () => {
	it.each(vectors)('is the same for ever: $about', (vector) => {
		const reading = readInvitation(vector.fragment);
		if (reading.kind !== 'invitation') throw new Error(reading.kind);
		const { circle, brokers, inviter } = reading.invitation;
		expect({ name: circle.name, id: circle.id, brokers, inviter }).toEqual({
			name: vector.name,
			id: vector.id,
			brokers: vector.brokers,
			inviter: vector.inviter
		});
		expect(invitationFragment(reading.invitation)).toBe(vector.fragment);
	});

	it('gives the invitation back, from the whole link or its fragment alone', () => {
		expect(readInvitation(fragment)).toEqual({ kind: 'invitation', invitation });
		const link = `https://app.example/welcome${fragment}`;
		expect(readInvitation(link)).toEqual({ kind: 'invitation', invitation });
	});

	it('survives the line breaks of a mail program', () => {
		const broken = fragment.replace(/.{60}/gu, '$&\r\n ');
		expect(readInvitation(broken)).toEqual({ kind: 'invitation', invitation });
	});

	it('needs no broker', () => {
		const bare = { ...invitation, brokers: [] };
		expect(readInvitation(invitationFragment(bare))).toEqual({
			kind: 'invitation',
			invitation: bare
		});
	});

	it.each(['', 'https://app.example/', '#restore=AQ'])('knows that %j is none', (text) => {
		expect(readInvitation(text)).toEqual({ kind: 'not-invitation' });
	});

	it('says of every cut that it is cut short', () => {
		for (let length = '#join='.length; length < fragment.length; length++) {
			expect(readInvitation(fragment.slice(0, length))).toEqual({ kind: 'cut-short' });
		}
	});

	it('says that it is of a newer version', () => {
		const newer = fragment.replace(/^#join=../u, '#join=Aw');
		expect(readInvitation(newer)).toEqual({ kind: 'newer-version', version: 3 });
	});

	it('notices a changed letter', () => {
		for (let at = '#join='.length + 4; at < fragment.length - 1; at++) {
			const changed =
				fragment.slice(0, at) + (fragment[at] === 'A' ? 'B' : 'A') + fragment.slice(at + 1);
			expect(readInvitation(changed)).toEqual({ kind: 'checksum' });
		}
	});

	it('names only brokers that a WebSocket can reach', () => {
		const odd = { ...invitation, brokers: ['javascript:alert(1)', 'wss://b.example'] };
		expect(readInvitation(invitationFragment(odd))).toMatchObject({
			invitation: { brokers: ['wss://b.example'] }
		});
	});
});

describe('the address of a broker', () => {
	it.each(['wss://b.example', 'ws://localhost:8480/signal', 'wss://[::1]:1/x?y=1'])(
		'%s',
		(good) => {
			expect(isBrokerAddress(good)).toBe(true);
		}
	);
	it.each([
		'',
		'http://b.example',
		'wss://',
		'wss://me:secret@b.example',
		'wss://b.example/#x',
		' wss://b'
	])('is not %j', (bad) => {
		expect(isBrokerAddress(bad)).toBe(false);
	});
});
