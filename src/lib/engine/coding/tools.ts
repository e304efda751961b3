import type { Keyring } from '../keys/keyring.ts';
import type { Ciphers, Coder, Compressor, Random } from '../ports.ts';

/** What coding needs: the owner's keys, and the ports that compute. */
export interface CodingTools {
	readonly keyring: Keyring;
	readonly ciphers: Ciphers;
	readonly coder: Coder;
	readonly compressor: Compressor;
	readonly random: Random;
}

/** For the parts that only hash and seal. */
export type SealingTools = Pick<CodingTools, 'keyring' | 'ciphers'>;
