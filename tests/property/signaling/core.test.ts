import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOf } from '../../../src/lib/engine/identifiers.ts';
import type { ClientMessage, ConnectionId } from '../../../src/lib/engine/wire/broker-messages.ts';
import type { RelayAction } from '../../../signaling/state.ts';
import { name32, peer, proof, Relay } from '../../unit/signaling/relay.ts';

const seeds = [1, 2, 3];
const small = fc.nat(3);

type Move =
	| { readonly kind: 'open' | 'prove' | 'close' | 'garbage'; readonly who: number }
	| {
			readonly kind: 'publish';
			readonly who: number;
			readonly circles: number[];
			readonly tokens: number[];
	  }
	| { readonly kind: 'sample' | 'find' | 'rendezvous'; readonly who: number; readonly what: number }
	| { readonly kind: 'relay'; readonly who: number; readonly to: number }
	| { readonly kind: 'wait'; readonly ms: number };

const who = fc.nat(7);
const move: fc.Arbitrary<Move> = fc.oneof(
	{ weight: 3, arbitrary: fc.record({ kind: fc.constant('open' as const), who }) },
	{ weight: 5, arbitrary: fc.record({ kind: fc.constant('prove' as const), who }) },
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constantFrom('close' as const, 'garbage' as const), who })
	},
	{
		weight: 5,
		arbitrary: fc.record({
			kind: fc.constant('publish' as const),
			who,
			circles: fc.uniqueArray(small),
			tokens: fc.uniqueArray(small)
		})
	},
	{
		weight: 5,
		arbitrary: fc.record({
			kind: fc.constantFrom('sample' as const, 'find' as const, 'rendezvous' as const),
			who,
			what: small
		})
	},
	{ weight: 5, arbitrary: fc.record({ kind: fc.constant('relay' as const), who, to: fc.nat(7) }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(6000) }) }
);

interface Visitor {
	readonly id: ConnectionId;
	readonly nonce: Uint8Array;
	readonly seed: number;
	proven: boolean;
	circles: readonly number[];
	tokens: readonly number[];
}

/** Proofs cost most of the time, and there are only these. */
function messageOf(move: Move, visitor: Visitor, to: ConnectionId): ClientMessage | undefined {
	switch (move.kind) {
		case 'prove':
			return visitor.proven ? undefined : proof(visitor.seed, visitor.nonce);
		case 'sample':
			return { type: 'sample', request: 1, circle: nameOf(name32(move.what)), count: 3 };
		case 'find':
			return { type: 'find', request: 1, peer: peer(seeds[move.what] ?? 9) };
		case 'rendezvous':
			return { type: 'rendezvous', request: 1, tokens: [name32(move.what)] };
		case 'relay':
			return { type: 'relay', to, payload: Uint8Array.of(1) };
		default:
			return undefined;
	}
}

/** A relay beside the simplest list of who is there, kept by what the relay itself announces. */
class Model {
	readonly relay = new Relay({ connectionsPerPeerMax: 2, connectionsPerPrefixMax: 6 });
	readonly visitors = new Map<ConnectionId, Visitor>();
	reached = new Set<string>();

	play(move: Move): void {
		if (move.kind === 'wait') {
			this.relay.nowMs += move.ms;
			this.#note(this.relay.take({ kind: 'tick' }));
			return;
		}
		if (move.kind === 'open') {
			this.#open(move.who);
			return;
		}
		const visitor = this.#pick(move.who);
		if (visitor === undefined) return;
		if (move.kind === 'close') {
			this.visitors.delete(visitor.id);
			this.#note(this.relay.take({ kind: 'closed', connection: visitor.id }));
		} else if (move.kind === 'garbage') {
			const bytes = Uint8Array.of(0xff);
			this.#note(this.relay.take({ kind: 'frame', connection: visitor.id, bytes }));
			expect(this.visitors.has(visitor.id)).toBe(false);
		} else if (move.kind === 'publish') {
			this.#note(this.relay.publish(visitor.id, move.circles, move.tokens));
			Object.assign(visitor, { circles: move.circles, tokens: move.tokens });
		} else {
			const target = move.kind === 'relay' ? this.#pick(move.to) : undefined;
			const message = messageOf(move, visitor, target?.id ?? nameOf(new Uint8Array(16)));
			if (message === undefined) return;
			const actions = this.relay.say(visitor.id, message);
			this.#note(actions);
			this.#judge(move, visitor, target, actions);
		}
	}

	#open(who: number): void {
		const { id, nonce, actions } = this.relay.open();
		const seed = seeds[who % seeds.length] ?? 1;
		this.visitors.set(id, { id, nonce, seed, proven: false, circles: [], tokens: [] });
		this.#note(actions);
	}

	#pick(index: number): Visitor | undefined {
		const all = [...this.visitors.values()];
		return all[index % Math.max(1, all.length)];
	}

	/** Invariants that hold for every action, whatever caused it. */
	#note(actions: readonly RelayAction[]): void {
		for (const action of actions) {
			if (action.kind === 'close') {
				this.visitors.delete(action.connection);
				continue;
			}
			this.reached.add(action.message.type);
			if (action.message.type === 'welcome') {
				const visitor = this.visitors.get(action.to);
				if (visitor !== undefined) visitor.proven = true;
			}
			const early = ['challenge', 'refused'].includes(action.message.type);
			expect(early || this.visitors.get(action.to)?.proven !== false).toBe(true);
		}
	}

	#judge(
		move: Move,
		asking: Visitor,
		target: Visitor | undefined,
		actions: readonly RelayAction[]
	): void {
		for (const action of actions) {
			if (action.kind !== 'send') continue;
			const { message } = action;
			if (message.type === 'relayed') {
				expect([action.to, message.from]).toEqual([target?.id, asking.id]);
				expect([asking.proven, target?.proven]).toEqual([true, true]);
				expect(message.peer).toBe(peer(asking.seed));
			} else if (message.type === 'found' && 'what' in move) {
				this.#judgeFound(
					move,
					asking,
					message.candidates.map(({ connection }) => connection)
				);
			}
		}
	}

	#judgeFound(
		{ kind, what }: { kind: string; what: number },
		asking: Visitor,
		found: readonly ConnectionId[]
	): void {
		expect(found).not.toContain(asking.id);
		const right = [...this.visitors.values()].filter((visitor) => {
			if (!visitor.proven || visitor === asking) return false;
			if (kind === 'find') return visitor.seed === seeds[what];
			if (kind === 'rendezvous') return visitor.tokens.includes(what);
			return visitor.circles.includes(what) && visitor.seed !== asking.seed;
		});
		const ids = right.map((visitor) => visitor.id);
		if (kind === 'sample') {
			expect(asking.circles).toContain(what);
			expect(found.every((id) => ids.includes(id))).toBe(true);
			expect(found).toHaveLength(Math.min(3, new Set(right.map(({ seed }) => seed)).size));
		} else expect([...found].sort()).toEqual(ids.sort());
	}
}

describe('the relay core', () => {
	it('agrees with a plain list of visitors, whatever they do', () => {
		const reached = new Set<string>();
		fc.assert(
			fc.property(fc.array(move, { minLength: 20, maxLength: 80 }), (moves) => {
				const model = new Model();
				for (const next of moves) model.play(next);
				for (const type of model.reached) reached.add(type);
				expect(model.relay.counts.connections).toBe(model.visitors.size);
				for (const id of [...model.visitors.keys()]) {
					model.relay.take({ kind: 'closed', connection: id });
				}
				const nobody = { connections: 0, peers: 0, circles: 0, tokens: 0 };
				expect(model.relay.counts).toEqual(nobody);
			}),
			{ numRuns: 60 }
		);
		const all = ['challenge', 'found', 'published', 'refused', 'relayed', 'welcome'];
		expect([...reached].sort()).toEqual(all);
	});
});
