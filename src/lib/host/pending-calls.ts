/** Commands that were sent and not answered yet. */
import { CommandRefused, type Commands } from './api.ts';
import type { CommandCall, CommandName, CommandResult } from './messages.ts';

interface Waiting {
	readonly resolve: (value: unknown) => void;
	readonly reject: (error: Error) => void;
}

export class PendingCalls {
	readonly #waiting = new Map<string, Waiting>();

	/** Makes a call and has `send` bring it to the engine. */
	call(
		name: CommandName,
		parameters: readonly unknown[],
		send: (call: CommandCall) => void
	): Promise<unknown> {
		const id = crypto.randomUUID();
		return new Promise((resolve, reject) => {
			this.#waiting.set(id, { resolve, reject });
			send({ kind: 'command', id, name, parameters });
		});
	}

	/** False when the call was not made here. */
	settle(result: CommandResult): boolean {
		const waiting = this.#waiting.get(result.id);
		if (waiting === undefined) return false;
		this.#waiting.delete(result.id);
		if (result.ok) waiting.resolve(result.value);
		else waiting.reject(new CommandRefused(result.problem));
		return true;
	}
}

/** A `Commands` whose every method goes through `call`. */
export function commandsBy(
	call: (name: CommandName, parameters: readonly unknown[]) => Promise<unknown>
): Commands {
	return new Proxy({} as Commands, {
		get:
			(_, name) =>
			(...parameters: readonly unknown[]) =>
				call(name as CommandName, parameters)
	});
}
