/** The stages of figure 6, one after the other, each alone with the processor. */
import { Chunker } from '../../src/lib/engine/archive/chunker.ts';
import { sealBlock } from '../../src/lib/engine/coding/block.ts';
import type { CodingProfile } from '../../src/lib/engine/coding/profile.ts';
import {
	chunkIdOf,
	StripeBuilder,
	type CodedStripe,
	type CodingTools,
	type PackedChunk
} from '../../src/lib/engine/coding/stripe.ts';
import { nameOf, type PeerId } from '../../src/lib/engine/identifiers.ts';
import type { Geometry } from '../../src/lib/engine/ports.ts';

export interface Workshop {
	readonly tools: CodingTools;
	readonly profile: CodingProfile;
	readonly geometry: Geometry;
}

const pieceBytes = 1024 * 1024;

/** Milliseconds by stage, for one pass over the material. */
export async function timeStages(
	workshop: Workshop,
	material: Uint8Array
): Promise<ReadonlyMap<string, number>> {
	const times = new Map<string, number>();
	const timed = async <T>(stage: string, work: () => Promise<T> | T): Promise<T> => {
		const start = performance.now();
		const result = await work();
		times.set(stage, (times.get(stage) ?? 0) + performance.now() - start);
		return result;
	};
	const chunks = await timed('chunk', () => cut(material));
	const packed: PackedChunk[] = [];
	for (const content of chunks) {
		const rawBytes = content.length;
		const chunk = await timed('hash', () => chunkIdOf(workshop.tools, content));
		const { tools, profile } = workshop;
		const bare = await timed('compress', () =>
			tools.compressor.compress(content, profile.compression)
		);
		packed.push({ chunk, rawBytes, ...bare });
	}
	for (const batch of await timed('seal 1', () => fill(workshop, packed))) {
		const coded = await timed('erasure code and self-check', () => batch.finish());
		await timed('seal 2', () => sealBlocks(workshop, coded));
	}
	return times;
}

function cut(material: Uint8Array): readonly Uint8Array[] {
	const chunker = new Chunker();
	const chunks: Uint8Array[] = [];
	for (let at = 0; at < material.length; at += pieceBytes) {
		chunks.push(...chunker.push(material.subarray(at, at + pieceBytes)));
	}
	const last = chunker.end();
	return last === undefined ? chunks : [...chunks, last];
}

async function fill(
	{ tools, profile, geometry }: Workshop,
	chunks: readonly PackedChunk[]
): Promise<readonly StripeBuilder[]> {
	const builders = [new StripeBuilder(tools, profile, geometry)];
	for (const chunk of chunks) {
		if ((await builders.at(-1)?.add(chunk)) !== undefined) continue;
		const next = new StripeBuilder(tools, profile, geometry);
		await next.add(chunk);
		builders.push(next);
	}
	return builders;
}

/** Every block for its own partner, as the distribution does it. */
async function sealBlocks({ tools }: Workshop, coded: CodedStripe): Promise<void> {
	for (const [position, block] of coded.blocks.entries()) {
		const header = {
			owner: tools.keyring.peer,
			partner: nameOf<PeerId>(new Uint8Array(32).fill(position)),
			stripe: coded.contents.stripe,
			position,
			number: position,
			geometry: coded.geometry
		};
		await sealBlock(tools, header, block);
	}
}
