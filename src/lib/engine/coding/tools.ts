import type { Keyring } from '../keys/keyring.ts';
import type { Ciphers, Coder, Compressor, Prover, Random } from '../ports.ts';

/** What coding needs: the owner's keys, and the ports that compute. */
export interface CodingTools {
	readonly keyring: Keyring;
	readonly ciphers: Ciphers;
	readonly coder: Coder;
	readonly compressor: Compressor;
	readonly prover: Prover;
	readonly random: Random;
}

/** For the parts that only hash and seal. */
export type SealingTools = Pick<CodingTools, 'keyring' | 'ciphers'>;

/** For the records of blocks. */
export type BlockSealingTools = Pick<CodingTools, 'keyring' | 'ciphers' | 'prover' | 'random'>;
