/**
 * Stands in for `webrtc-polyfill`, which simple-peer imports for Node's sake: in a page WebRTC is built in.
 * vite.config.ts and vitest.config.ts name it as the alias.
 */
const { RTCPeerConnection, RTCSessionDescription, RTCIceCandidate } = globalThis;

export { RTCIceCandidate, RTCPeerConnection, RTCSessionDescription };
