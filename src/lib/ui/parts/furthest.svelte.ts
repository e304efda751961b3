/** The furthest that a share has got, so that a bar never runs backwards while the whole is still being counted. */
export class Furthest {
	#reached = 0;

	/** Takes the newest share and gives the one to show, both between 0 and 1. */
	show(share: number): number {
		this.#reached = Math.max(this.#reached, Math.min(1, Math.max(0, share)));
		return this.#reached;
	}
}
