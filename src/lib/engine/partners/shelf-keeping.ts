/** What an owner asks of its partners beside storing and returning blocks: signatures under shelves, and drops. */
import { dropNumbersMax } from '../hosting/drop-order.ts';
import type { PeerId } from '../identifiers.ts';
import type { AgreementRecord } from '../records.ts';
import type { Lines } from './lines.ts';
import type { Log } from '../ports.ts';
import type { Session } from '../wire/session.ts';
import { drop, type MeetingContext } from './meeting.ts';

/** Asks every reachable partner to countersign its shelf; those that do not are asked again next time. */
export async function signShelves(
	partners: readonly AgreementRecord[],
	lines: Lines,
	{ sign: signAt, log }: { readonly sign: (line: Session) => Promise<void>; readonly log: Log }
): Promise<void> {
	const sign = async ({ partner }: AgreementRecord): Promise<void> => {
		const line = lines.line(partner);
		if (line === undefined) return;
		await signAt(line).catch((error: unknown) => {
			log.write('info', `shelf of ${partner.slice(0, 8)}: ${String(error)}`);
		});
	};
	await Promise.all(partners.map(sign));
}

/** Orders blocks dropped. A partner that is away or does not answer keeps them until it is met again. */
export async function dropAt(
	partner: PeerId,
	shelfNumbers: readonly number[],
	lines: Lines,
	context: MeetingContext
): Promise<void> {
	const line = lines.line(partner);
	if (line === undefined) return;
	try {
		for (let at = 0; at < shelfNumbers.length; at += dropNumbersMax) {
			await drop(line, shelfNumbers.slice(at, at + dropNumbersMax), context);
		}
	} catch (error) {
		context.log.write('info', `drop at ${partner.slice(0, 8)}: ${String(error)}`);
	}
}
