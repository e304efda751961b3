/** What the link is measured against: a data channel with nothing around it, both ends in their pages. */

const highBytes = 1024 * 1024;
const lowBytes = 256 * 1024;

/** What two ends must tell each other to connect. */
export type BareSignal =
	{ readonly description: RTCSessionDescriptionInit } | { readonly candidate: RTCIceCandidateInit };

export class BareChannel {
	readonly #connection = new RTCPeerConnection({ iceServers: [] });
	readonly #channel: RTCDataChannel;
	readonly #open: Promise<void>;
	#expectedBytes = 0;
	#onReport: () => void = () => undefined;

	constructor(signal: (signal: BareSignal) => void) {
		this.#connection.onicecandidate = ({ candidate }) => {
			if (candidate !== null) signal({ candidate: candidate.toJSON() });
		};
		this.#channel = this.#connection.createDataChannel('bare', { negotiated: true, id: 0 });
		this.#channel.binaryType = 'arraybuffer';
		this.#channel.bufferedAmountLowThreshold = lowBytes;
		this.#channel.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
			this.#hear(data);
		};
		this.#open = new Promise((resolve) => {
			this.#channel.onopen = () => {
				resolve();
			};
		});
	}

	async offer(signal: (signal: BareSignal) => void): Promise<void> {
		await this.#connection.setLocalDescription(await this.#connection.createOffer());
		this.#describe(signal);
		await this.#open;
	}

	async accept(message: BareSignal, signal: (signal: BareSignal) => void): Promise<void> {
		if ('candidate' in message) return this.#connection.addIceCandidate(message.candidate);
		await this.#connection.setRemoteDescription(message.description);
		if (message.description.type !== 'offer') return;
		await this.#connection.setLocalDescription(await this.#connection.createAnswer());
		this.#describe(signal);
	}

	/** Seconds until the other end reports that it has all of `messages` messages. */
	async carry(messages: number, messageBytes: number): Promise<number> {
		const message = new Uint8Array(messageBytes).fill(7);
		const before = performance.now();
		const reported = new Promise<void>((resolve) => (this.#onReport = resolve));
		this.#channel.send(String(messages * messageBytes));
		for (let i = 0; i < messages; i++) {
			if (this.#channel.bufferedAmount > highBytes) await this.#room();
			this.#channel.send(message);
		}
		await reported;
		return (performance.now() - before) / 1000;
	}

	#describe(signal: (signal: BareSignal) => void): void {
		const description = this.#connection.localDescription;
		if (description !== null)
			signal({ description: { type: description.type, sdp: description.sdp } });
	}

	#room(): Promise<void> {
		return new Promise((resolve) => {
			this.#channel.onbufferedamountlow = () => {
				resolve();
			};
		});
	}

	/** A number announces bytes, 'done' reports them, and everything else is bytes. */
	#hear(data: string | ArrayBuffer): void {
		if (data === 'done') {
			this.#onReport();
			return;
		}
		if (typeof data === 'string') this.#expectedBytes = Number(data);
		else if ((this.#expectedBytes -= data.byteLength) === 0) this.#channel.send('done');
	}
}
