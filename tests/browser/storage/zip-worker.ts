/** The place where a worker writes a zip: pages have no sync access handles. */
import { openZipSink, type ZipSink } from '../../../src/lib/adapters/folders/zip-sink.ts';

export type ZipCall =
	| { readonly kind: 'open'; readonly name: string }
	| { readonly kind: 'write'; readonly bytes: Uint8Array<ArrayBuffer> }
	| { readonly kind: 'close' | 'discard' | 'file' };

let sink: ZipSink | undefined;

async function answer(call: ZipCall): Promise<unknown> {
	if (call.kind === 'open') {
		sink = await openZipSink(call.name);
		return undefined;
	}
	if (call.kind === 'write') return sink?.write(call.bytes);
	return sink?.[call.kind]();
}

addEventListener('message', ({ data, ports }: MessageEvent<ZipCall>) => {
	answer(data).then(
		(value) => {
			ports[0]?.postMessage({ value });
		},
		(error: unknown) => {
			ports[0]?.postMessage({ error: String(error) });
		}
	);
});
