import type { PeerId } from '../../../src/lib/engine/identifiers.ts';
import type { HeldBlock, RecordPiece } from '../../../src/lib/engine/ports.ts';
import type { PackFault } from '../../contract/packs.ts';

/** What the page asks of the worker that has the store under test. */
export type Call =
	| {
			readonly kind: 'open';
			readonly name: string;
			readonly packBytesMax: number;
			readonly patienceMs: number;
	  }
	| { readonly kind: 'put'; readonly block: HeldBlock; readonly record: Uint8Array }
	| { readonly kind: 'get'; readonly owner: PeerId; readonly number: number }
	| { readonly kind: 'read'; readonly owner: PeerId; readonly pieces: readonly RecordPiece[] }
	| { readonly kind: 'delete'; readonly owner: PeerId; readonly numbers: readonly number[] }
	| { readonly kind: 'list'; readonly owner: PeerId; readonly from: number; readonly limit: number }
	| { readonly kind: 'usage'; readonly owner: PeerId }
	| { readonly kind: 'total' }
	| { readonly kind: 'fail'; readonly fault: PackFault }
	| { readonly kind: 'sizes' }
	| { readonly kind: 'close' };

export interface Question {
	readonly id: number;
	readonly call: Call;
}

export type Answer =
	| { readonly id: number; readonly value: unknown }
	| { readonly id: number; readonly error: { readonly name: string; readonly message: string } };
