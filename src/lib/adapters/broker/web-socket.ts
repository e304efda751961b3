import type { OpenSocket } from './socket.ts';

/** The browser's own WebSocket, in pages and in workers. */
export const openWebSocket: OpenSocket = (url) => new WebSocket(url);
