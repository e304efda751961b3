import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';
import { layersRule } from './scripts/lint/layers.js';
import svelteConfig from './svelte.config.js';

// Whatever lint cannot say is in tests/unit/house-rules.

const port = 'The engine is deterministic, so that a seed replays a run. ';

/** What the engine may not name, each with the port that gives it instead. */
const nondeterministicGlobals = [
	['Date', 'Take the time from the port Clock.'],
	['performance', 'Take the time from the port Clock.'],
	['setTimeout', 'Wait by the port Clock.'],
	['setInterval', 'Wait by the port Clock, in a loop that reads top to bottom.'],
	['setImmediate', 'Wait by the port Clock.'],
	['queueMicrotask', 'Await a promise: callbacks on the side hide the order of things.'],
	['requestAnimationFrame', 'Wait by the port Clock.'],
	['requestIdleCallback', 'Wait by the port Clock.'],
	['crypto', 'Take randomness from the port Random, and sealing from the port Ciphers.'],
	['navigator', 'Ask the platform through a port.'],
	['fetch', 'Reach others through the ports Links and Broker.'],
	['console', 'Tell the port Log.'],
	['Intl', 'Texts for people are made in src/lib/ui, in their own locale.'],
	['WeakRef', 'When it empties is up to the garbage collector.'],
	['FinalizationRegistry', 'When it calls is up to the garbage collector.']
].map(([name, message]) => ({ name, message: port + message }));

const nondeterministicProperties = [
	{
		object: 'Math',
		property: 'random',
		message: `${port}Take randomness from the port Random.`
	},
	...['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase'].map(
		(property) => ({ property, message: `${port}This depends on the locale of the machine.` })
	)
];

// Iteration over a Map, a Set or an array needs no rule: its order is that of insertion. An object's is that of insertion
// only for keys that do not look like numbers, and for-in also walks the prototype.
const unorderedIteration = {
	selector: 'ForInStatement',
	message: `${port}for-in walks numbers first and the prototype too: iterate a Map, a Set or Object.entries.`
};

export default defineConfig(
	globalIgnores(['.svelte-kit/', 'build/', '.tmp/', 'src/lib/wasm-rs/', 'static/']),
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	js.configs.recommended,
	ts.configs.strictTypeChecked,
	ts.configs.stylisticTypeChecked,
	svelte.configs.recommended,
	{
		languageOptions: {
			globals: { ...globals.browser, ...globals.node },
			parserOptions: {
				projectService: true,
				tsconfigRootDir: import.meta.dirname,
				extraFileExtensions: ['.svelte']
			}
		}
	},
	{
		files: ['src/service-worker.ts'],
		languageOptions: {
			parserOptions: { projectService: false, project: 'tsconfig.service-worker.json' }
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } }
	},
	{
		rules: {
			// TypeScript knows every name; this rule does not know Svelte's runes and ambient types.
			'no-undef': 'off',
			eqeqeq: 'error',
			'no-var': 'error',
			'prefer-const': 'error',
			'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{ considerDefaultExhaustiveForUnions: true }
			],
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			'@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }
			],
			'@typescript-eslint/no-confusing-void-expression': [
				'error',
				{ ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }
			],
			// An empty text is often as good as none.
			'@typescript-eslint/prefer-nullish-coalescing': [
				'error',
				{ ignorePrimitives: { string: true } }
			],
			// tsconfig asks for brackets where a name comes from an index signature.
			'@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
			// A port is asynchronous also where one adapter answers at once; async turns its throws into rejections.
			'@typescript-eslint/require-await': 'off',
			// 'readonly' said beside 'readwrite' is clearer than a default.
			'@typescript-eslint/no-unnecessary-type-arguments': 'off',
			// Identifiers are branded: `fields.name<PeerId>()` says at the call which brand it expects.
			'@typescript-eslint/no-unnecessary-type-parameters': 'off'
		}
	},
	{
		files: ['**/*.d.ts'],
		// Only `declare var` declares a property of the global object.
		rules: { 'no-var': 'off' }
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		rules: {
			// The app is served from the root of its origin, by any broker.
			'svelte/no-navigation-without-resolve': 'off'
		}
	},
	{
		files: ['**/*.svelte'],
		rules: {
			// The linter sees an imported component or snippet as `any`; svelte-check types them.
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-call': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/no-unsafe-return': 'off'
		}
	},
	{
		files: ['tests/**'],
		// In a test a wrong assertion is a failing test, which is what it is for.
		rules: { '@typescript-eslint/no-non-null-assertion': 'off' }
	},
	{
		files: ['src/**', 'signaling/**'],
		plugins: { holdfast: { rules: { layers: layersRule } } },
		rules: {
			'holdfast/layers': 'error',
			'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }]
		}
	},
	{
		files: ['src/lib/engine/**'],
		rules: {
			'no-restricted-globals': ['error', ...nondeterministicGlobals],
			'no-restricted-properties': ['error', ...nondeterministicProperties],
			'no-restricted-syntax': ['error', unorderedIteration]
		}
	},
	{
		// Configuration and build scripts in plain JavaScript belong to no TypeScript project.
		files: ['**/*.js', '**/*.mjs'],
		extends: [ts.configs.disableTypeChecked]
	}
);
