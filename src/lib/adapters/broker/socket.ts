/**
 * As much of a WebSocket as the client needs: the browser's own fits, in pages and in workers, and so does the
 * one of the npm package ws, in Node.
 */
export interface Socket {
	binaryType: string;
	readonly bufferedAmount: number;
	send(data: Uint8Array<ArrayBuffer>): void;
	close(code?: number, reason?: string): void;
	addEventListener(type: 'open' | 'error', listener: () => void): void;
	addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
	addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
}

/** Starts to open a socket. Throws where the platform forbids the URL. */
export type OpenSocket = (url: string) => Socket;
