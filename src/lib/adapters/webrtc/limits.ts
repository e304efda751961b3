/** Bounds of the WebRTC adapter. */

const KiB = 1024;
const MiB = 1024 * KiB;

/** One frame of a link: the contract of `Link.send`. */
export const frameBytesMax = 64 * KiB;

/** The channel is given no more above this; the throughput of a local channel is flat from here on. */
export const channelBytesHigh = 1 * MiB;
/** Below this it is given more. */
export const channelBytesLow = 256 * KiB;

/** Frames on their way from the worker to the channel: four, so that the hop between the threads never starves it. */
export const handoverBytesMax = 256 * KiB;

/**
 * Received bytes that the worker has not taken yet. An honest partner stays below: 8 MiB of open requests, 32
 * replies of one block, and the heads. More is a flood.
 */
export const untakenBytesMax = 64 * MiB;
/** The worker reports what it took in steps of this. */
export const takenReportBytes = 256 * KiB;
/** Frames that may come before our side of the connection is ready. */
export const earlyFramesMax = 32;

/** Chromium makes no more than 500 connections a page, counting closed ones until they are collected. */
export const connectionsMax = 100;
/** Pause after the browser refused to make a connection; doubles up to the second. */
export const refusedPauseMs = 1_000;
export const refusedPauseMsMax = 60_000;

/** From the first set-up message to an open channel. */
export const setupMs = 20_000;
/** Set-ups begun by others that may be under way at once, in all and from one address. */
export const incomingSetupsMax = 16;
export const incomingSetupsPerAddressMax = 2;

/** A data-only description has about 500 bytes, with candidates up to 2 KiB. */
export const sdpCharactersMax = 8 * KiB;
export const candidateCharactersMax = 512;
export const midCharactersMax = 32;
export const reasonCharactersMax = 100;
/** Candidates of one side: a machine has a few interfaces, times a few servers. */
export const candidatesMax = 64;
/** The broker relays no more. */
export const setupMessageBytesMax = 16 * KiB;
export const linkIdBytes = 16;
