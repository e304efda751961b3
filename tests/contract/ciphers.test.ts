import { NobleCiphers } from '../../src/lib/adapters/platform/noble-ciphers.ts';
import { WebCryptoCiphers } from '../../src/lib/adapters/platform/webcrypto-ciphers.ts';
import { ciphersContract } from './ciphers.ts';

ciphersContract('WebCrypto', new WebCryptoCiphers());
ciphersContract('noble', new NobleCiphers());
