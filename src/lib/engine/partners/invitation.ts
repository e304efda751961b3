/**
 * An invitation into a circle, as the fragment of a link: browsers never send fragments to a server
 * (RFC 9110 section 7.1), and this one carries the circle's secret (docs/format/invitation.md).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { bytesOf, type CircleId, nameOf, type PeerId } from '../identifiers.ts';
import {
	bytesField,
	type EnvelopeProblem,
	listField,
	textField,
	unwrap,
	wrap
} from '../keys/envelope.ts';
import { base64url } from '../keys/text-codes.ts';
import type { Random } from '../ports.ts';

/** Who knows a circle's secret belongs to it; brokers see only its id. */
export interface Circle {
	readonly id: CircleId;
	readonly name: string;
	/** 16 to 32 bytes. */
	readonly secret: Uint8Array;
}

export interface Invitation {
	readonly circle: Circle;
	/** Addresses of the brokers where the circle meets; may be empty where the app's own broker serves. */
	readonly brokers: readonly string[];
	readonly inviter: PeerId;
}

export type InvitationProblem = { readonly kind: 'not-invitation' } | EnvelopeProblem;

export type InvitationReading =
	{ readonly kind: 'invitation'; readonly invitation: Invitation } | InvitationProblem;

const invitationKind = { label: 'holdfast invitation', version: 1 };
const marker = '#join=';
const secretBytes = 32;
const secretBytesMin = 16;
const peerBytes = 32;
/** Room for 64 characters of any script. */
export const circleNameBytesMax = 256;
const brokersMax = 8;
const addressBytesMax = 200;
/** 2 KiB of fields are more than the bounds above allow; 8 KiB of text pass every messenger. */
const textCharactersMax = 8192;

/** A new circle with a secret of its own. The name is cut where it is longer than `circleNameBytesMax`. */
export function newCircle(name: string, random: Random): Circle {
	const secret = random.bytes(secretBytes);
	return { id: circleIdOf(secret), name: cutName(name), secret };
}

/** What brokers see of a circle: SHA-256 of its secret. */
export function circleIdOf(secret: Uint8Array): CircleId {
	return nameOf<CircleId>(sha256(secret));
}

/** The fragment `#join=…` of an invitation link, to be put behind the app's address. */
export function invitationFragment(invitation: Invitation): string {
	const { circle, inviter } = invitation;
	const brokers = invitation.brokers.filter(isBrokerAddress).slice(0, brokersMax);
	const fields = [circle.name, circle.secret, brokers, bytesOf(inviter)];
	return marker + base64url.encode(wrap(invitationKind, fields));
}

/** Reads a whole link or its fragment alone, white space that a messenger put in included. */
export function readInvitation(text: string): InvitationReading {
	const compact = text.slice(0, textCharactersMax).replace(/\s/gu, '');
	const at = compact.indexOf(marker);
	if (at < 0) return { kind: 'not-invitation' };
	const bytes = base64url.decode(compact.slice(at + marker.length));
	if (bytes === undefined) return { kind: 'checksum' };
	const opened = unwrap(invitationKind, bytes);
	if (opened.kind !== 'fields') return opened;
	try {
		return { kind: 'invitation', invitation: invitationOf(opened.fields) };
	} catch {
		return { kind: 'checksum' };
	}
}

/** Whether a broker can have this address: a WebSocket, with no credentials or fragment in it. */
export function isBrokerAddress(address: string): boolean {
	return (
		utf8ToBytes(address).length <= addressBytesMax &&
		/^wss?:\/\/[^\s@#/]+(?:\/[^\s#]*)?$/u.test(address)
	);
}

function invitationOf(fields: readonly unknown[]): Invitation {
	const [name, secretField, brokers, inviter] = fields;
	const secret = bytesField(secretField, secretBytesMin, secretBytes);
	return {
		circle: { id: circleIdOf(secret), name: textField(name, circleNameBytesMax), secret },
		brokers: listField(brokers, brokersMax, (broker) => textField(broker, addressBytesMax)).filter(
			isBrokerAddress
		),
		inviter: nameOf<PeerId>(bytesField(inviter, peerBytes))
	};
}

function cutName(name: string): string {
	let cut = '';
	let room = circleNameBytesMax;
	for (const character of name.trim()) {
		room -= utf8ToBytes(character).length;
		if (room < 0) break;
		cut += character;
	}
	return cut;
}
