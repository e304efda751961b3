/**
 * The sealed part of a head (docs/format/head.md): what only the owner may know, and enough of it
 * that a restore needs nothing but the head and the stripes.
 */
import {
	firstSealBytes,
	problemOfPlace,
	stripeIdBytes,
	type ChunkPlace
} from '../coding/contents.ts';
import { FieldReader, FieldWriter } from '../coding/fields.ts';
import { blockBytesMax, chunkBytesMax, hashBytes, stripeBlocksMax } from '../coding/limits.ts';
import {
	compressionMethods,
	isGeometry,
	profileBytes,
	readProfile,
	writeProfile,
	type CodingProfile
} from '../coding/profile.ts';
import { encodeRow, RowReader, type Row } from '../coding/rows.ts';
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type ChunkId, type SnapshotId, type StripeId } from '../identifiers.ts';

/** Enough to find and open a chunk without any index. */
export interface ChunkLocation {
	readonly stripe: StripeId;
	readonly profile: CodingProfile;
	readonly place: ChunkPlace;
}

export interface SnapshotEntry {
	readonly id: SnapshotId;
	/** Milliseconds since the Unix epoch. */
	readonly at: number;
	/** A checkpoint holds only what a long first backup had stored by then. */
	readonly kind: 'complete' | 'checkpoint';
	/** The chunks of the encoded root tree, in order. */
	readonly tree: readonly ChunkId[];
	readonly files: number;
	readonly bytes: number;
	/** Files that could not be read. */
	readonly leftOut: number;
}

export interface HeadSecrets {
	readonly snapshots: readonly SnapshotEntry[];
	/** One entry for each index segment: where its chunks lie, in order. */
	readonly index: readonly (readonly ChunkLocation[])[];
	readonly brokers: readonly string[];
	readonly circles: readonly { readonly name: string; readonly secret: Uint8Array }[];
	/** Of new stripes. */
	readonly geometry: { readonly m: number; readonly k: number };
}

const snapshotsMax = 10_000;
const treeChunksMax = 4096;
const indexSegmentsMax = 10_000;
const segmentChunksMax = 4096;
const brokersMax = 64;
const brokerUrlMax = 2048;
const circlesMax = 256;
const circleNameMax = 256;
const circleSecretBytesMax = 64;
const snapshotIdBytes = 8;
/** Longer than any payload: positions times block length. */
const offsetMax = stripeBlocksMax * blockBytesMax;
const format = 1;
const kinds = ['complete', 'checkpoint'] as const;

export function encodeSecrets(secrets: HeadSecrets): Uint8Array<ArrayBuffer> {
	return encodeRow([
		format,
		secrets.snapshots.map(snapshotRow),
		secrets.index.map((segment) => segment.map(locationRow)),
		secrets.brokers,
		secrets.circles.map(({ name, secret }) => [name, secret]),
		[secrets.geometry.m, secrets.geometry.k]
	]);
}

/** Throws Malformed. */
export function decodeSecrets(bytes: Uint8Array, bytesMax: number): HeadSecrets {
	const row = RowReader.parse(bytes, bytesMax, 'head secrets');
	if (row.whole(255) !== format) throw new Malformed('head secrets of another version');
	const secrets = {
		snapshots: row.rows(snapshotsMax, readSnapshot),
		index: row.each(indexSegmentsMax, (list) => list.rows(segmentChunksMax, readLocation)),
		brokers: row.each(brokersMax, (list) => list.text(brokerUrlMax)),
		circles: row.rows(circlesMax, (circle) => ({
			name: circle.text(circleNameMax),
			secret: circle.bytes(circleSecretBytesMax, 1)
		})),
		geometry: row.row(readGeometry)
	};
	row.end();
	return secrets;
}

function snapshotRow({ id, at, kind, tree, files, bytes, leftOut }: SnapshotEntry): Row {
	return [bytesOf(id), at, kinds.indexOf(kind), tree.map(bytesOf), files, bytes, leftOut];
}

function readSnapshot(row: RowReader): SnapshotEntry {
	return {
		id: nameOf<SnapshotId>(row.bytes(snapshotIdBytes)),
		at: row.whole(Number.MAX_SAFE_INTEGER),
		kind: row.name(kinds),
		tree: row.each(treeChunksMax, (list) => nameOf<ChunkId>(list.bytes(hashBytes))),
		files: row.whole(Number.MAX_SAFE_INTEGER),
		bytes: row.whole(Number.MAX_SAFE_INTEGER),
		leftOut: row.whole(Number.MAX_SAFE_INTEGER)
	};
}

function locationRow({ stripe, profile, place }: ChunkLocation): Row {
	return [
		bytesOf(stripe),
		writeProfile(new FieldWriter(profileBytes), profile).done(),
		bytesOf(place.chunk),
		place.contentHash,
		place.offset,
		place.sealedBytes,
		place.rawBytes,
		compressionMethods.indexOf(place.method)
	];
}

function readLocation(row: RowReader): ChunkLocation {
	const location = {
		stripe: nameOf<StripeId>(row.bytes(stripeIdBytes)),
		profile: readProfile(new FieldReader(row.bytes(profileBytes))),
		place: {
			chunk: nameOf<ChunkId>(row.bytes(hashBytes)),
			contentHash: row.bytes(hashBytes),
			offset: row.whole(offsetMax),
			sealedBytes: row.whole(chunkBytesMax + firstSealBytes({ seals: 'two' })),
			rawBytes: row.whole(chunkBytesMax),
			method: row.name(compressionMethods)
		}
	};
	const problem = problemOfPlace(location.profile, location.place);
	if (problem !== undefined) throw new Malformed(problem);
	return location;
}

function readGeometry(row: RowReader): HeadSecrets['geometry'] {
	const geometry = { m: row.whole(stripeBlocksMax), k: row.whole(stripeBlocksMax) };
	if (!isGeometry({ ...geometry, blockBytes: 1 })) throw new Malformed('no geometry');
	return geometry;
}
