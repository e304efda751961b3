const storageKey = 'holdfast.invitation';

/**
 * An invitation that came with a link and waits for its answer. It is taken out of the address at once, so that
 * it is not passed on by accident, and kept for this tab through the first run and its reloads.
 */
class PendingInvitation {
	#link = $state<string | undefined>(sessionStorage.getItem(storageKey) ?? undefined);

	get link(): string | undefined {
		return this.#link;
	}

	/** Takes the invitation from an address; false when there is none in it. */
	take(address: URL): boolean {
		if (!address.hash.startsWith('#join=')) return false;
		this.#link = address.href;
		sessionStorage.setItem(storageKey, address.href);
		return true;
	}

	answered(): void {
		this.#link = undefined;
		sessionStorage.removeItem(storageKey);
	}
}

export const pendingInvitation = new PendingInvitation();
