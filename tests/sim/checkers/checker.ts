/** An invariant. A checker looks on; what it finds wrong it tells the world. */
import type { World } from '../world.ts';

export interface Checker {
	readonly name: string;
	/** At every midnight, whatever goes wrong at that time. */
	daily?(world: World): void;
	/** After the healed phase, in which nothing went wrong any more. */
	atEnd?(world: World): void | Promise<void>;
}
