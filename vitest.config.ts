import { sveltekit } from '@sveltejs/kit/vite';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { browserExecutable, chromiumFlags } from './scripts/browsers.ts';
import { standIns } from './tests/sim/stand-ins/aliases.ts';
import { browserAliases } from './vite.config.ts';

const browserTests = {
	include: ['tests/browser/**/*.test.ts'],
	testTimeout: 60_000
};

/**
 * Five projects: pure tests in Node, simulations, the same browser tests in Chromium and in Firefox, and the story of a
 * person end to end, each with browsers of its own.
 */
export default defineConfig({
	plugins: [sveltekit()],
	resolve: { alias: browserAliases },
	worker: { format: 'es' },
	server: { fs: { allow: ['.'] } },
	// Named, so that no dependency is found late and reloads the page in the middle of a run.
	optimizeDeps: {
		include: [
			'@bokuweb/zstd-wasm',
			'@noble/ciphers/aes.js',
			'@noble/ciphers/webcrypto.js',
			'@noble/hashes/hmac.js',
			'@noble/hashes/sha2.js',
			'client-zip',
			'fflate',
			'idb'
		]
	},
	test: {
		projects: [
			{
				extends: true,
				test: {
					name: 'node',
					environment: 'node',
					setupFiles: ['tests/property/seed.ts'],
					include: ['tests/{unit,property,vectors,contract,integration,signaling}/**/*.test.ts'],
					// Patient, for machines with other work to do: whole peers under a clock that runs faster take a while.
					testTimeout: 120_000,
					// One for each core of a small machine; by default vitest leaves one core free.
					maxWorkers: 2
				}
			},
			{
				extends: true,
				resolve: { alias: standIns },
				test: {
					name: 'sim',
					environment: 'node',
					include: ['tests/sim/**/*.test.ts'],
					// One simulation fills a core, and runs to its end whatever the machine does beside it.
					fileParallelism: false,
					testTimeout: 900_000
				}
			},
			{
				extends: true,
				test: {
					name: 'e2e',
					environment: 'node',
					include: ['tests/e2e/**/*.test.ts'],
					// One story at a time: each runs several browsers.
					fileParallelism: false,
					testTimeout: 300_000,
					hookTimeout: 300_000
				}
			},
			{
				extends: true,
				test: {
					...browserTests,
					name: 'chromium',
					browser: {
						enabled: true,
						headless: true,
						screenshotFailures: false,
						provider: playwright({
							launchOptions: {
								executablePath: browserExecutable('chromium') ?? 'chromium',
								args: [...chromiumFlags]
							}
						}),
						instances: [{ browser: 'chromium' }]
					}
				}
			},
			{
				extends: true,
				test: {
					...browserTests,
					name: 'firefox',
					browser: {
						enabled: true,
						headless: true,
						screenshotFailures: false,
						provider: playwright({
							launchOptions: {
								channel: 'moz-firefox',
								executablePath: browserExecutable('firefox') ?? 'firefox-esr'
							}
						}),
						instances: [{ browser: 'firefox' }]
					}
				}
			}
		]
	}
});
