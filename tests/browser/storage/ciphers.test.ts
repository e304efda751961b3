import { expect, test } from 'vitest';
import { ciphers } from '../../../src/lib/adapters/platform/ciphers.ts';
import { WebCryptoCiphers } from '../../../src/lib/adapters/platform/webcrypto-ciphers.ts';
import { ciphersContract } from '../../contract/ciphers.ts';

ciphersContract('WebCrypto', new WebCryptoCiphers());

test('a secure context has native ciphers', () => {
	expect(isSecureContext).toBe(true);
	expect(ciphers()).toBeInstanceOf(WebCryptoCiphers);
});
